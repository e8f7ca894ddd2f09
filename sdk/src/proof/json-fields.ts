import { maxU32, maxU64 } from "../bytes/integers.ts";
import type { KeyType } from "../types.ts";
import type { Hex } from "./proof-file.ts";

/** Reads members of untrusted JSON; each failure names its member. */
export type JsonFields = {
  object(name: string): JsonFields;
  list(name: string): readonly JsonFields[];
  has(name: string): boolean;
  hex(name: string, bytes?: number): Hex;
  hexList(name: string, bytes: number): readonly Hex[];
  text(name: string): string;
  /** A JSON number from 0 to `max`. */
  integer(name: string, max?: number): number;
  keyType(name: string): KeyType;
  /** A decimal string of an unsigned 64-bit integer. */
  unsigned(name: string): string;
  /** A decimal string of a signed 256-bit integer. */
  signed(name: string): string;
};

const limit = 1n << 255n;
const maxListLength = 1_000_000;

/** Opens an object of untrusted JSON. @param fail Makes the error for a member */
export function jsonFields(value: unknown, fail: (name: string) => Error, where = ""): JsonFields {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) throw fail(where === "" ? "file" : where);
  const members = value as Readonly<Record<string, unknown>>;
  const path = (name: string) => (where === "" ? name : `${where}.${name}`);

  function member<Value>(name: string, accepts: (found: unknown) => found is Value): Value {
    const found = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!accepts(found)) throw fail(path(name));
    return found;
  }

  function list(name: string): readonly unknown[] {
    return member(name, isList);
  }

  return {
    has: (name) => Object.hasOwn(members, name),
    object: (name) => jsonFields(member(name, isAnything), fail, path(name)),
    list: (name) =>
      list(name).map((entry, index) => jsonFields(entry, fail, `${path(name)}[${index}]`)),
    hex: (name, bytes) => member(name, (found) => isHex(found, bytes)),
    hexList: (name, bytes) =>
      list(name).map((entry, index) => {
        if (!isHex(entry, bytes)) throw fail(`${path(name)}[${index}]`);
        return entry;
      }),
    text: (name) => member(name, (found) => typeof found === "string"),
    integer: (name, max = maxU32) =>
      member(
        name,
        (found): found is number =>
          typeof found === "number" && Number.isSafeInteger(found) && found >= 0 && found <= max,
      ),
    keyType: (name) => member(name, (found) => found === 1 || found === 2),
    unsigned: (name) =>
      member(
        name,
        (found): found is string =>
          typeof found === "string" &&
          /^(?:0|[1-9][0-9]{0,19})$/.test(found) &&
          BigInt(found) <= maxU64,
      ),
    signed: (name) => member(name, isSigned),
  };
}

function isAnything(found: unknown): found is unknown {
  return found !== undefined;
}

function isList(found: unknown): found is readonly unknown[] {
  return Array.isArray(found) && found.length <= maxListLength;
}

function isHex(found: unknown, bytes?: number): found is Hex {
  if (typeof found !== "string" || !/^0x(?:[0-9a-fA-F]{2})*$/.test(found)) return false;
  return bytes === undefined || found.length === 2 + 2 * bytes;
}

function isSigned(found: unknown): found is string {
  if (typeof found !== "string" || !/^(?:0|-?[1-9][0-9]{0,76})$/.test(found)) return false;
  const value = BigInt(found);
  return value < limit && value >= -limit;
}
