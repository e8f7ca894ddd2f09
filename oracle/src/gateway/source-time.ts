import { isJsonNumber, type JsonValue } from "@fieldseal/sdk";
import type { SourceTime } from "./types.ts";

const none: SourceTime = { kind: "none" };
const iso =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/;

/** How a source writes time: RFC 3339, or seconds or milliseconds since 1970 told apart by their size. */
export function parseSourceTime(value: JsonValue | undefined): SourceTime {
  if (typeof value === "string") return parseIso(value);
  if (!isJsonNumber(value)) return none;
  const number = Number(value.number);
  if (!(number > 0 && number < 1e14)) return none;
  return { kind: "instant", ms: Math.floor(number < 1e11 ? number * 1000 : number) };
}

function parseIso(text: string): SourceTime {
  const parts = iso.exec(text);
  if (parts === null) return none;
  const [, year, month, day, hour, minute, second = "00", fraction = "", zone] = parts;
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}`;
  const offset = zone === undefined ? "Z" : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${plain}${offset}`);
  const fields = Date.parse(`${plain}Z`);
  if (Number.isNaN(ms) || Number.isNaN(fields)) return none;
  // Date.parse rolls 30 February over to March; such a clock is not believed.
  if (!new Date(fields).toISOString().startsWith(plain)) return none;
  return zone === undefined ? { kind: "local", ms } : { kind: "instant", ms };
}

export type TimePolicy = {
  /** IANA zone of sources that write local time; undefined if it is not known. */
  readonly zone: string | undefined;
  /** How far a source's clock may be ahead of this one, milliseconds. */
  readonly aheadMs: number;
  /** How old a reading may be, milliseconds. */
  readonly behindMs: number;
};

/** The time that a reading gets, and whose it is. */
export type JudgedTime = {
  readonly ms: number;
  readonly by: "source" | "arrival: none" | "arrival: zone" | "arrival: ahead" | "arrival: behind";
};

const quarterHourMs = 15 * 60_000;
const zoneSlackMs = 60_000;

/**
 * Whether a source's time is believed. A local time is read in the zone of the settings; one that is off by whole
 * quarters of an hour is taken for another zone's. What is not believed gives way to the time of arrival.
 */
export function judgeTime(time: SourceTime, arrivalMs: number, policy: TimePolicy): JudgedTime {
  const arrival = (by: JudgedTime["by"]): JudgedTime => ({ ms: arrivalMs, by });
  if (time.kind === "none") return arrival("arrival: none");
  let ms = time.ms;
  if (time.kind === "local") {
    if (policy.zone === undefined) return arrival("arrival: zone");
    ms = inZone(time.ms, policy.zone, arrivalMs);
    const off = Math.abs(arrivalMs - ms);
    const rest = off % quarterHourMs;
    const isWholeQuarters = Math.min(rest, quarterHourMs - rest) <= zoneSlackMs;
    if (off > quarterHourMs && off < 15 * 3_600_000 && isWholeQuarters)
      return arrival("arrival: zone");
  }
  if (ms > arrivalMs + policy.aheadMs) return arrival("arrival: ahead");
  if (ms < arrivalMs - policy.behindMs) return arrival("arrival: behind");
  return { ms, by: "source" };
}

/** The instant of a local time; of the two that the end of summer time leaves, the one nearer to `nearMs`. */
function inZone(localMs: number, zone: string, nearMs: number): number {
  const candidates = [-86_400_000, 86_400_000]
    .map((shift) => localMs - offsetAt(localMs + shift, zone))
    .filter((ms) => ms + offsetAt(ms, zone) === localMs);
  const [first = localMs - offsetAt(localMs, zone)] = candidates.sort(
    (a, b) => Math.abs(a - nearMs) - Math.abs(b - nearMs),
  );
  return first;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Offset of a zone from UTC at an instant, milliseconds. */
function offsetAt(ms: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -offset : offset;
}
