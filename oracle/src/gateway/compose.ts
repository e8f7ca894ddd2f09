import { decimalToScaled, hex, type Reading } from "@fieldseal/sdk";
import type { RelayCode } from "./codes.ts";
import { relayedName } from "./origin-name.ts";
import type { JudgedTime } from "./source-time.ts";
import type { RelayedReading, Skipped } from "./types.ts";
import { senmlUnit } from "./units.ts";

/** Who said it, and how the gateway knows. */
export type Origin = {
  /** `<source>/<name>`. */
  readonly id: string;
  readonly source: string;
  readonly alias: string;
  readonly attestation: 0 | 1;
  readonly hardware: string | undefined;
  /** Of the raw message. */
  readonly digest: Uint8Array;
};

/** What is signed, one list a message. */
export type Composed = {
  readonly messages: readonly (readonly Reading[])[];
  readonly skipped: readonly Skipped[];
};

const maxText = 1024;
/** Leaves room for salt, signature and the origin's records under the 8 KiB of a message and its 64 records. */
const bodyBytes = 6000;
const bodyRecords = 50;
const encoder = new TextEncoder();

/** The records that every relayed message begins with. */
function headOf(origin: Origin, time: JudgedTime): Reading[] {
  const timeMs = time.ms;
  return [
    { name: "origin.id", text: origin.id, timeMs },
    { name: "origin.source", text: origin.source, timeMs },
    { name: "origin.attestation", value: origin.attestation, timeMs },
    { name: "origin.time", text: time.by, timeMs },
    { name: "origin.digest", text: hex(origin.digest), timeMs },
    ...(origin.hardware === undefined
      ? []
      : [{ name: "origin.hardware", text: origin.hardware.slice(0, 64), timeMs }]),
  ];
}

function sizeOf(reading: RelayedReading): number {
  const value =
    "text" in reading
      ? encoder.encode(reading.text).length
      : "data" in reading
        ? reading.data.length
        : 48;
  return 60 + value;
}

function objectionTo(reading: RelayedReading): RelayCode | undefined {
  if ("text" in reading) {
    return encoder.encode(reading.text).length > maxText ? "RELAY_VALUE" : undefined;
  }
  if (!("value" in reading)) return undefined;
  try {
    decimalToScaled(reading.value);
    return undefined;
  } catch {
    return "RELAY_VALUE";
  }
}

function named(
  reading: RelayedReading,
  alias: string,
): { readonly name: string; readonly unit?: string } | RelayCode {
  const unit = reading.unit === undefined ? undefined : senmlUnit(reading.unit, reading.name);
  if (reading.unit !== undefined && unit === undefined) return "RELAY_UNIT";
  const name = relayedName(alias, reading.name, unit);
  if (name === undefined) return "RELAY_NAME";
  return unit === undefined ? { name } : { name, unit };
}

/**
 * Readings as they are signed: each under its origin's mark, behind records that say who said it. More than a message
 * holds become several, each with the origin's records; a value that cannot be written down is left out and told of.
 */
export function compose(
  readings: readonly RelayedReading[],
  origin: Origin,
  time: JudgedTime,
): Composed {
  const head = headOf(origin, time);
  const messages: Reading[][] = [];
  const skipped: Skipped[] = [];
  const metrics = new Set<string>();
  let current: Reading[] = [];
  let bytes = 0;
  for (const reading of readings) {
    const label = named(reading, origin.alias);
    const objection = typeof label === "string" ? label : objectionTo(reading);
    if (objection !== undefined || typeof label === "string") {
      skipped.push({ what: reading.name.slice(0, 80), code: objection ?? "RELAY_NAME" });
      continue;
    }
    const metric = `${label.name}/${label.unit ?? ""}`;
    if (metrics.has(metric)) {
      skipped.push({ what: reading.name.slice(0, 80), code: "RELAY_NAME" });
      continue;
    }
    metrics.add(metric);
    const size = sizeOf(reading);
    if (current.length >= bodyRecords || bytes + size > bodyBytes) {
      messages.push([...head, ...current]);
      current = [];
      bytes = 0;
    }
    current.push({ ...reading, ...label, timeMs: time.ms });
    bytes += size;
  }
  if (current.length > 0) messages.push([...head, ...current]);
  return { messages, skipped };
}
