import { encode, Tagged } from "cborg";
import { plainBytes } from "../bytes/arrays.ts";
import { bigIntBytes, maxU64 } from "../bytes/integers.ts";
import type { Decimal } from "../leaf/decimal.ts";
import { type SenmlPack, type SenmlRecord, senmlLabels } from "./senml-record.ts";

/** A body [salt, pack] in CBOR's deterministic encoding. */
export function writeCborBody(salt: Uint8Array, pack: SenmlPack): Uint8Array {
  return plainBytes(encode([salt, pack.map(writeRecord)]));
}

function writeRecord(record: SenmlRecord): Map<number, unknown> {
  const map = new Map<number, unknown>();
  for (const [field, label] of senmlLabels) {
    const value = record[field];
    if (value === undefined) continue;
    const isDecimal = typeof value === "object" && !(value instanceof Uint8Array);
    map.set(label, isDecimal ? writeDecimal(value) : value);
  }
  return map;
}

function writeDecimal({ mantissa, exponent }: Decimal): unknown {
  if (exponent === 0) return writeInteger(mantissa);
  return new Tagged(4, [exponent, writeInteger(mantissa)]);
}

function writeInteger(value: bigint): unknown {
  if (value > maxU64) return new Tagged(2, bigIntBytes(value));
  if (value < -1n - maxU64) return new Tagged(3, bigIntBytes(-1n - value));
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}
