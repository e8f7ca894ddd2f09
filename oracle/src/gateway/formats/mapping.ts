import type { JsonValue } from "@fieldseal/sdk";
import { followPath, type JsonPath } from "../json-path.ts";
import { readJson, readText, scalarText } from "../read-json.ts";
import { relayError } from "../relay-error.ts";
import { scaled } from "../scale.ts";
import { parseSourceTime } from "../source-time.ts";
import { wildcardsOf } from "../topic-filter.ts";
import type { RelayedReading, RelayedValue, Skipped, SourceFormat, SourceTime } from "../types.ts";

/** How one value is taken from a message. */
export type MappedReading = {
  readonly name: string;
  readonly unit: string | undefined;
  /** Where in the JSON; the empty path is the whole payload. */
  readonly path: JsonPath;
  readonly type: "number" | "boolean" | "text";
  /** Factor, as decimal text. */
  readonly scale: string;
  /** What means true; any other text is false. */
  readonly on: string | undefined;
};

/** How messages of one kind of topic are read. */
export type MappingRule = {
  readonly topic: string;
  /** With `{1}`, `{2}` … for what the topic has at its wildcards. */
  readonly origin: string;
  readonly payload: "json" | "text";
  readonly time: JsonPath | undefined;
  readonly id: JsonPath | undefined;
  readonly readings: readonly MappedReading[];
};

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** A number as people's programs write it (`+1`, `.5`, `007`) in JSON's spelling; undefined for NaN and the like. */
export function decimalSpelling(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 100 || !number.test(trimmed)) return undefined;
  const [, sign = "", whole = "", fraction = "", power = ""] =
    /^([+-]?)0*(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(trimmed) ?? [];
  const minus = sign === "-" ? "-" : "";
  return `${minus}${whole || "0"}${fraction && `.${fraction}`}${power && `e${power}`}`;
}

function convert(reading: MappedReading, found: JsonValue | undefined): RelayedValue | undefined {
  const text = scalarText(found);
  if (text === undefined) return undefined;
  if (reading.type === "text") return { text };
  if (reading.type === "boolean") {
    if (reading.on !== undefined) return { bool: text === reading.on };
    if (/^(true|on|1|yes)$/i.test(text)) return { bool: true };
    return /^(false|off|0|no)$/i.test(text) ? { bool: false } : undefined;
  }
  const digits = decimalSpelling(text);
  return digits === undefined ? undefined : { value: scaled(digits, reading.scale) };
}

/** Plain JSON, numbers and texts by rules of the settings; the first rule whose topic fits is the message's. */
export function mappingFormat(rules: readonly MappingRule[]): SourceFormat {
  const ruleOf = (topic: string) => {
    for (const rule of rules) {
      const wildcards = wildcardsOf(rule.topic, topic);
      if (wildcards !== undefined) return { rule, wildcards };
    }
    return undefined;
  };
  return {
    name: "mapping",
    filters: [...new Set(rules.map(({ topic }) => topic))],
    matches: (topic) => ruleOf(topic) !== undefined,
    teaches: () => false,
    understand(topic, payload) {
      const found = ruleOf(topic);
      if (found === undefined) throw relayError("RELAY_TOPIC", `No rule is for ${topic}.`);
      const { rule, wildcards } = found;
      const body: JsonValue = rule.payload === "json" ? readJson(payload) : readText(payload);
      const origin = rule.origin.replace(/\{(\d)\}/g, (_, n) => wildcards[Number(n) - 1] ?? "");
      const readings: RelayedReading[] = [];
      const skipped: Skipped[] = [];
      for (const wanted of rule.readings) {
        const here = followPath(body, wanted.path);
        // What is not there was not measured; null says the same.
        if (here === undefined || here === null) continue;
        const value = convert(wanted, here);
        if (value === undefined) {
          skipped.push({ what: `${wanted.name} is no ${wanted.type}`, code: "RELAY_SHAPE" });
          continue;
        }
        const unit = wanted.unit === undefined ? {} : { unit: wanted.unit };
        readings.push({ name: wanted.name, ...unit, ...value });
      }
      const none: SourceTime = { kind: "none" };
      const id = rule.id === undefined ? undefined : scalarText(followPath(body, rule.id));
      return {
        kind: "readings",
        origin,
        attestation: 0,
        time: rule.time === undefined ? none : parseSourceTime(followPath(body, rule.time)),
        ...(id === undefined ? {} : { id: id.slice(0, 128) }),
        readings,
        skipped,
      };
    },
  };
}
