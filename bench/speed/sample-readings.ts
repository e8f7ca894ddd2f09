import type { Reading } from "@fieldseal/sdk";
import { seededBytes } from "./fast-signer.ts";

export const sampleSalt = seededBytes("salt").subarray(0, 16);

const metrics = [
  ["temperature", "Cel", 21.5],
  ["humidity", "%RH", 48.25],
  ["pressure", "Pa", 101_325],
  ["wind", "m/s", 3.7],
  ["rain", "mm", 0.2],
  ["voltage", "V", 12.61],
  ["current", "A", 0.153],
  ["power", "W", 1.93],
  ["level", "m", 2.482],
  ["signal", "dBW", -97],
] as const;

/** What one message holds: ten readings of one moment. */
export function sampleReadings(timeMs: number): Reading[] {
  return metrics.map(([name, unit, value]) => ({ name, unit, value, timeMs }));
}
