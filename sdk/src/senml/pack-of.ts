import { decimalOf } from "../leaf/decimal.ts";
import type { SenmlPack, SenmlRecord } from "./senml-record.ts";

/** One reading as an application has it: exactly one of value, text, bool, data. */
export type Reading = {
  readonly name: string;
  readonly unit?: string;
  /** Milliseconds since 1970; leave it out on a device without a clock. */
  readonly timeMs?: number | bigint;
} & (
  | { readonly value: number | bigint | string }
  | { readonly text: string }
  | { readonly bool: boolean }
  | { readonly data: Uint8Array }
);

/**
 * A SenML pack of readings. JavaScript numbers become the decimal that their shortest text names (21.5, not
 * its binary neighbour); strings are taken digit for digit. A time that all share is sent once, as base time.
 * @throws VALUE_FORMAT
 */
export function packOf(readings: readonly Reading[]): SenmlPack {
  const shared = readings[0]?.timeMs;
  const isShared = shared !== undefined && readings.every(({ timeMs }) => timeMs === shared);
  return readings.map((reading, index) => {
    const record: SenmlRecord = { n: reading.name };
    if (reading.unit !== undefined) record.u = reading.unit;
    if (isShared && index === 0) record.bt = seconds(shared);
    if (!isShared && reading.timeMs !== undefined) record.t = seconds(reading.timeMs);
    if ("value" in reading) record.v = decimalOf(reading.value);
    else if ("text" in reading) record.vs = reading.text;
    else if ("bool" in reading) record.vb = reading.bool;
    else record.vd = reading.data;
    return record;
  });
}

function seconds(timeMs: number | bigint): { mantissa: bigint; exponent: number } {
  const whole = typeof timeMs === "bigint" ? timeMs : BigInt(Math.floor(timeMs));
  return whole % 1000n === 0n
    ? { mantissa: whole / 1000n, exponent: 0 }
    : { mantissa: whole, exponent: -3 };
}
