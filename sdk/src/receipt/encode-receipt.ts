import { utf8 } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { maxU64, writeU32, writeU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { Receipt } from "./receipt.ts";

type Kind = Receipt["t"];
type Value = number | bigint | string | Uint8Array | readonly Uint8Array[];
/** A field with its key as CBOR writes it. */
type Field = { readonly name: string; readonly key: Uint8Array };

/** Longest head of an item (RFC 8949 section 3). */
const maxHead = 9;

/** Keys in the order of deterministic CBOR (RFC 7049 section 3.9): shorter first, then by their bytes. */
const fieldsOf = (names: readonly string[]): Field[] =>
  [...names, "t"]
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    .map((name) => ({ name, key: Uint8Array.of(0x60 + name.length, ...utf8(name)) }));

const common = ["keyIndex", "sequence", "messageRoot", "logId", "root", "index", "size"];
const fields: Readonly<Record<Kind, readonly Field[]>> = {
  stored: fieldsOf([...common, "epoch", "storedAt", "deadline", "path", "signature", "operator"]),
  sealed: fieldsOf([...common, "checkpoint", "sealedAt", "transaction"]),
  refused: fieldsOf(["code", "message", "keyIndex", "sequence"]),
};

/** A receipt in CBOR: one map with text keys; operator and transaction as bytes. @throws BYTES_FORMAT */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const entries: [Uint8Array, Value][] = [];
  let most = maxHead;
  for (const { name, key } of fields[receipt.t]) {
    const value = encodable(name, receipt[name as keyof Receipt]);
    if (value === undefined) continue;
    entries.push([key, value]);
    most += key.length + mostBytes(value);
  }
  const out = new Uint8Array(most);
  let at = writeHead(out, 0, 5, entries.length);
  for (const [key, value] of entries) {
    out.set(key, at);
    at = writeValue(out, at + key.length, value);
  }
  return out.slice(0, at);
}

/** Hex fields travel as bytes, all others as they are. */
function encodable(name: string, value: Value | undefined): Value | undefined {
  const isHex = name === "operator" || name === "transaction";
  return isHex && typeof value === "string" ? fromHex(value) : value;
}

function mostBytes(value: Value): number {
  if (typeof value === "string") return maxHead + 3 * value.length;
  if (value instanceof Uint8Array) return maxHead + value.length;
  if (typeof value === "object") return value.reduce((sum, one) => sum + mostBytes(one), maxHead);
  return maxHead;
}

function writeValue(out: Uint8Array, at: number, value: Value): number {
  if (typeof value === "number") return writeHead(out, at, 0, value);
  if (typeof value === "bigint") return writeInteger(out, at, value);
  if (typeof value === "string") return writeBytes(out, at, 3, utf8(value));
  if (value instanceof Uint8Array) return writeBytes(out, at, 2, value);
  let next = writeHead(out, at, 4, value.length);
  for (const one of value) next = writeBytes(out, next, 2, one);
  return next;
}

function writeBytes(out: Uint8Array, at: number, major: number, bytes: Uint8Array): number {
  const start = writeHead(out, at, major, bytes.length);
  out.set(bytes, start);
  return start + bytes.length;
}

function writeInteger(out: Uint8Array, at: number, value: bigint): number {
  if (value < 0n || value > maxU64) {
    throw sdkError("BYTES_FORMAT", "Not an unsigned 64-bit integer.", { value: value.toString() });
  }
  if (value < 0x1_0000_0000n) return writeHead(out, at, 0, Number(value));
  out[at] = 27;
  writeU64(out, at + 1, value);
  return at + maxHead;
}

/** A head in its shortest form; `argument` below 2^32. */
function writeHead(out: Uint8Array, at: number, major: number, argument: number): number {
  const type = major << 5;
  if (argument < 24) {
    out[at] = type | argument;
    return at + 1;
  }
  if (argument < 256) {
    out[at] = type | 24;
    out[at + 1] = argument;
    return at + 2;
  }
  if (argument < 65_536) {
    out[at] = type | 25;
    out[at + 1] = argument >> 8;
    out[at + 2] = argument;
    return at + 3;
  }
  out[at] = type | 26;
  writeU32(out, at + 1, argument);
  return at + 5;
}
