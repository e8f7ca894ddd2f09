import type { JsonValue } from "@fieldseal/sdk";
import type { RelayedReading, RelayedValue, Skipped } from "../types.ts";

/** What the operator says about a format's values, by the source's own names for them. */
export type FieldPolicy = {
  /** Other names, as `{"DS18B20-1.Temperature": "outside"}`. */
  readonly names: Readonly<Record<string, string>>;
  /** Units, as `{"object.level": "mm"}`. */
  readonly units: Readonly<Record<string, string>>;
  /** What is not relayed: names, or their beginning and `*`. */
  readonly skip: readonly string[];
};

/** Own members only: a source may name a value `constructor`. */
function member(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isSkipped({ skip }: FieldPolicy, name: string): boolean {
  return skip.some((wanted) =>
    wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted,
  );
}

/** A reading under the name and in the unit that the operator wants. */
function applyPolicy(
  policy: FieldPolicy,
  name: string,
  unit: string | undefined,
  value: RelayedValue,
): RelayedReading {
  const wantedUnit = member(policy.units, name) ?? unit;
  const wantedName = member(policy.names, name) ?? name;
  return { name: wantedName, ...(wantedUnit === undefined ? {} : { unit: wantedUnit }), ...value };
}

/** Readings and what was left out, in the order of the message. */
export class FieldCollector {
  readonly readings: RelayedReading[] = [];
  readonly skipped: Skipped[] = [];
  readonly #policy: FieldPolicy;

  constructor(policy: FieldPolicy) {
    this.#policy = policy;
  }

  add(name: string, unit: string | undefined, value: RelayedValue): void {
    if (isSkipped(this.#policy, name)) return;
    this.readings.push(applyPolicy(this.#policy, name, unit, value));
  }
}

/** A JSON value as a reading's; `"ON"` and `"OFF"` are switches, other texts are texts. */
export function readingValue(value: Exclude<JsonValue, null>): RelayedValue | undefined {
  if (typeof value === "boolean") return { bool: value };
  if (typeof value === "string") {
    if (value === "ON" || value === "OFF") return { bool: value === "ON" };
    return { text: value };
  }
  if ("number" in value) return { value: value.number };
  return undefined;
}
