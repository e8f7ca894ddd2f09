import { sdkError } from "../errors/sdk-error.ts";
import type { Decimal } from "../leaf/decimal.ts";

/** A SenML record (RFC 8428 section 4) with exact numbers, before resolution. */
export type SenmlRecord = {
  bver?: Decimal;
  /** Base name, put before names. */
  bn?: string;
  /** Base time in seconds, added to times. */
  bt?: Decimal;
  /** Base unit. */
  bu?: string;
  /** Base value, added to numeric values. */
  bv?: Decimal;
  bs?: Decimal;
  n?: string;
  u?: string;
  v?: Decimal;
  /** String value. */
  vs?: string;
  /** Boolean value. */
  vb?: boolean;
  /** Data value. */
  vd?: Uint8Array;
  s?: Decimal;
  /** Time in seconds. */
  t?: Decimal;
  /** Update time in seconds: read, never resolved. */
  ut?: Decimal;
};

/** A SenML pack. */
export type SenmlPack = readonly SenmlRecord[];

/** A field's name. */
export type SenmlField = keyof SenmlRecord;

/** CBOR labels (RFC 8428 table 4). */
export const senmlLabels: readonly (readonly [SenmlField, number])[] = [
  ["bver", -1],
  ["bn", -2],
  ["bt", -3],
  ["bu", -4],
  ["bv", -5],
  ["bs", -6],
  ["n", 0],
  ["u", 1],
  ["v", 2],
  ["vs", 3],
  ["vb", 4],
  ["s", 5],
  ["t", 6],
  ["ut", 7],
  ["vd", 8],
];

/** Writes a field into a record after checking its type. @throws SENML_FIELD */
export function setField(record: SenmlRecord, field: SenmlField, value: unknown): void {
  switch (field) {
    case "bn":
    case "bu":
    case "n":
    case "u":
    case "vs":
      if (typeof value !== "string") throw wrongType(field);
      record[field] = value;
      return;
    case "vb":
      if (typeof value !== "boolean") throw wrongType(field);
      record.vb = value;
      return;
    case "vd":
      if (!(value instanceof Uint8Array)) throw wrongType(field);
      record.vd = value;
      return;
    default:
      if (!isDecimal(value)) throw wrongType(field);
      record[field] = value;
  }
}

/** RFC 8428 section 4.4: unknown fields are ignored unless their name ends in an underscore. @throws SENML_UNKNOWN_FIELD */
export function ignoreField(label: string | number | bigint): void {
  if (typeof label === "string" && label.endsWith("_")) {
    throw sdkError("SENML_UNKNOWN_FIELD", "A field that must be understood is not.", {
      field: label.slice(0, 80),
    });
  }
}

function isDecimal(value: unknown): value is Decimal {
  return typeof value === "object" && value !== null && "mantissa" in value;
}

function wrongType(field: SenmlField): Error {
  return sdkError("SENML_FIELD", `The field ${field} has the wrong type.`, { field });
}
