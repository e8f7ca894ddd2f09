import { decode } from "cborg";
import { hex } from "../bytes/hex.ts";
import { maxU32, maxU64 } from "../bytes/integers.ts";
import { maxMessageLength } from "../codec/limits.ts";
import { scanCbor } from "../codec/scan-cbor.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { Receipt } from "./receipt.ts";

type Fields = Map<unknown, unknown>;

/** Reads a receipt, strictly; who signed it is judged by verifyStoredReceipt. @throws RECEIPT_FORMAT */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  let fields: unknown;
  try {
    if (bytes.length > maxMessageLength) throw malformed("length");
    if (scanCbor(bytes, 0, { maxDepth: 2, numberTags: false }) !== bytes.length) {
      throw malformed("length");
    }
    fields = decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true });
    if (!(fields instanceof Map)) throw malformed("map");
    return readReceipt(fields);
  } catch (cause) {
    throw sdkError("RECEIPT_FORMAT", "The bytes are no receipt.", {}, cause);
  }
}

function readReceipt(fields: Fields): Receipt {
  const kind = fields.get("t");
  if (kind === "refused") return readRefused(fields);
  const common = {
    keyIndex: smallInteger(fields, "keyIndex"),
    sequence: integer(fields, "sequence"),
    messageRoot: byteString(fields.get("messageRoot"), 32),
    logId: integer(fields, "logId"),
    root: byteString(fields.get("root"), 32),
    index: integer(fields, "index"),
    size: integer(fields, "size"),
  };
  if (kind === "stored") {
    const path = fields.get("path");
    if (!Array.isArray(path) || path.length > 64) throw malformed("path");
    return {
      t: kind,
      ...common,
      epoch: smallInteger(fields, "epoch"),
      storedAt: integer(fields, "storedAt"),
      deadline: integer(fields, "deadline"),
      path: path.map((node) => byteString(node, 32)),
      signature: byteString(fields.get("signature"), 65),
      operator: hex(byteString(fields.get("operator"), 20)),
    };
  }
  if (kind !== "sealed") throw malformed("t");
  return {
    t: kind,
    ...common,
    checkpoint: integer(fields, "checkpoint"),
    sealedAt: integer(fields, "sealedAt"),
    transaction: hex(byteString(fields.get("transaction"), 32)),
  };
}

function readRefused(fields: Fields): Receipt {
  const [code, message] = [fields.get("code"), fields.get("message")];
  if (typeof code !== "string" || typeof message !== "string") throw malformed("code");
  return {
    t: "refused",
    code,
    message,
    ...(fields.has("keyIndex") ? { keyIndex: smallInteger(fields, "keyIndex") } : {}),
    ...(fields.has("sequence") ? { sequence: integer(fields, "sequence") } : {}),
  };
}

function integer(fields: Fields, name: string): bigint {
  const value = fields.get(name);
  const isInteger = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!isInteger) throw malformed(name);
  const wide = BigInt(value as number | bigint);
  if (wide < 0n || wide > maxU64) throw malformed(name);
  return wide;
}

function smallInteger(fields: Fields, name: string): number {
  const value = integer(fields, name);
  if (value > BigInt(maxU32)) throw malformed(name);
  return Number(value);
}

function byteString(value: unknown, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw malformed("bytes");
  return value;
}

function malformed(name: string): Error {
  return sdkError("RECEIPT_FORMAT", `The field ${name} is missing or malformed.`, { name });
}
