import { decode, encode } from "cborg";
import { plainBytes } from "../bytes/arrays.ts";
import { hex } from "../bytes/hex.ts";
import { maxU32, maxU64 } from "../bytes/integers.ts";
import { scanCbor } from "../codec/scan-cbor.ts";

/** Reads members of untrusted CBOR maps with text keys; each failure names its member. */
export type CborFields = {
  has(name: string): boolean;
  bytes(name: string, length?: number): Uint8Array;
  /** A list of byte strings of one of these lengths. */
  byteList(name: string, lengths: readonly number[], max: number): readonly Uint8Array[];
  address(name: string): `0x${string}`;
  /** An unsigned 64-bit integer. */
  integer(name: string, max?: bigint): bigint;
  /** An unsigned 32-bit integer. */
  smallInteger(name: string): number;
  map(name: string, keys: CborKeys): CborFields;
};

/** The keys of a map: these, and no others. */
export type CborKeys = {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
};

export type CborFieldsOptions = {
  readonly maxLength: number;
  readonly maxDepth: number;
  readonly keys: CborKeys;
  /** Makes the error for a member. */
  readonly fail: (name: string, cause?: unknown) => Error;
};

/** One CBOR map in deterministic encoding (RFC 8949 section 4.2). */
export function encodeCborMap(members: Readonly<Record<string, unknown>>): Uint8Array {
  const defined = Object.entries(members).filter(([, value]) => value !== undefined);
  return plainBytes(encode(new Map(defined)));
}

/** Opens bytes that are exactly one map with exactly its keys. */
export function cborFields(bytes: Uint8Array, options: CborFieldsOptions): CborFields {
  const { maxLength, maxDepth, keys, fail } = options;
  if (bytes.length > maxLength) throw fail("length");
  let value: unknown;
  try {
    const end = scanCbor(bytes, 0, { maxDepth, numberTags: false });
    if (end !== bytes.length) throw fail("length");
    value = decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true });
  } catch (cause) {
    throw fail("encoding", cause);
  }
  return fieldsOf(value, keys, fail, "map");
}

function fieldsOf(
  value: unknown,
  { required, optional = [] }: CborKeys,
  fail: CborFieldsOptions["fail"],
  name: string,
): CborFields {
  if (!(value instanceof Map)) throw fail(name);
  const members: ReadonlyMap<unknown, unknown> = value;
  for (const key of members.keys()) {
    if (typeof key !== "string") throw fail(name);
    if (!required.includes(key) && !optional.includes(key)) throw fail(name);
  }
  for (const key of required) if (!members.has(key)) throw fail(key);

  function bytes(field: string, length?: number): Uint8Array {
    const found = members.get(field);
    if (!isBytes(found) || (length !== undefined && found.length !== length)) throw fail(field);
    return found;
  }

  function integer(field: string, max = maxU64): bigint {
    const found = members.get(field);
    const isInteger = typeof found === "bigint" || Number.isSafeInteger(found);
    if (!isInteger) throw fail(field);
    const wide = BigInt(found as number | bigint);
    if (wide < 0n || wide > max) throw fail(field);
    return wide;
  }

  return {
    has: (field) => members.has(field),
    bytes,
    integer,
    smallInteger: (field) => Number(integer(field, BigInt(maxU32))),
    address: (field) => hex(bytes(field, 20)),
    byteList(field, lengths, max) {
      const found = members.get(field);
      if (!Array.isArray(found) || found.length > max) throw fail(field);
      return found.map((entry: unknown) => {
        if (!isBytes(entry) || !lengths.includes(entry.length)) throw fail(field);
        return entry;
      });
    },
    map: (field, keys) => fieldsOf(members.get(field), keys, fail, field),
  };
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
