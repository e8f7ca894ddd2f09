import { decode, encode, Tagged } from "cborg";
import { bigIntBytes, maxU64, toBigInt } from "../bytes/integers.ts";
import { maxBodyDepth } from "../codec/limits.ts";
import { scanCbor } from "../codec/scan-cbor.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { Decimal } from "../leaf/decimal.ts";
import {
  ignoreField,
  type SenmlField,
  type SenmlPack,
  type SenmlRecord,
  senmlLabels,
  setField,
} from "./senml-record.ts";

type Integer = number | bigint;
const fieldOf = new Map<unknown, SenmlField>(senmlLabels.map(([field, label]) => [label, field]));
const labelOf = new Map<string, number>(senmlLabels);

const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  tags: {
    2: (content: () => unknown) => toBigInt(content() as Uint8Array),
    3: (content: () => unknown) => -1n - toBigInt(content() as Uint8Array),
    4: (content: () => unknown): Decimal => {
      const [exponent, mantissa] = content() as [Integer, Integer];
      return { mantissa: BigInt(mantissa), exponent: Number(exponent) };
    },
  },
};

/**
 * Any CBOR value of a body, after size, depth and form were scanned; maps as Map, decimal fractions as Decimal.
 * @throws BODY_* as scanCbor, TRAILING_BYTES, BODY_DUPLICATE_KEY
 */
export function decodeBodyCbor(bytes: Uint8Array): unknown {
  const end = scanCbor(bytes, 0, { maxDepth: maxBodyDepth, numberTags: true });
  if (end !== bytes.length) {
    throw sdkError("TRAILING_BYTES", "Bytes after the body.", { at: end });
  }
  try {
    return decode(bytes, decodeOptions);
  } catch (cause) {
    // The scan has judged all else that cborg refuses.
    if (cause instanceof Error && cause.message.includes("repeat map key")) {
      throw sdkError("BODY_DUPLICATE_KEY", "A map has the same key twice.", {}, cause);
    }
    throw sdkError("BODY_MALFORMED", "The body is not CBOR.", {}, cause);
  }
}

/** One record from its CBOR map. @throws SENML_FIELD, SENML_UNKNOWN_FIELD */
export function readCborRecord(map: unknown): SenmlRecord {
  if (!(map instanceof Map)) throw sdkError("SENML_FIELD", "A SenML record is a map.");
  const record: SenmlRecord = {};
  for (const [label, value] of map as Map<string | Integer, unknown>) {
    const field = fieldOf.get(label);
    if (field !== undefined) {
      const isInteger = typeof value === "number" || typeof value === "bigint";
      setField(record, field, isInteger ? { mantissa: BigInt(value), exponent: 0 } : value);
    } else if (typeof label === "string" && labelOf.has(label)) {
      throw sdkError("SENML_FIELD", "CBOR writes this label as a number.", { field: label });
    } else {
      ignoreField(label);
    }
  }
  return record;
}

/** A body [salt, pack] in CBOR. */
export function encodeBodyCbor(salt: Uint8Array, pack: SenmlPack): Uint8Array {
  return encode([salt, pack.map(writeCborRecord)]);
}

function writeCborRecord(record: SenmlRecord): Map<number, unknown> {
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
  const small = value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn;
  return small ? Number(value) : value;
}
