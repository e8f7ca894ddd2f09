import { readU32, readU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";

/** A reader's place in CBOR bytes, and the argument of the head it read last. */
export type CborCursor = {
  readonly bytes: Uint8Array;
  at: number;
  /** Exact up to 2^53; {@link headInteger} for integers. */
  argument: number;
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one head (RFC 8949 section 3) and returns its major type. Floats, indefinite lengths, reserved values
 * and whatever is not in its shortest form end here.
 * @throws BODY_MALFORMED, BODY_INDEFINITE, BODY_NON_MINIMAL, BODY_FLOAT
 */
export function readHead(cursor: CborCursor): number {
  const { bytes, at } = cursor;
  if (at >= bytes.length) throw cutShort();
  const head = bytes[at] as number;
  const major = head >> 5;
  const info = head & 31;
  if (info < 24) {
    // false, true and null are the simple values taken.
    if (major === 7 && (info < 20 || info === 23)) throw reserved(head);
    cursor.argument = info;
    cursor.at = at + 1;
    return major;
  }
  if (info === 31 && major >= 2 && major <= 5) {
    throw sdkError("BODY_INDEFINITE", "An item of indefinite length.", { at });
  }
  if (info > 27) throw reserved(head);
  if (major === 7) {
    if (info === 24) throw reserved(head);
    throw sdkError("BODY_FLOAT", "A binary floating-point number.", { at });
  }
  const length = 1 << (info - 24);
  if (at + 1 + length > bytes.length) throw cutShort();
  const argument = readArgument(bytes, at + 1, length);
  const smallest = info === 24 ? 24 : 2 ** (4 * length);
  if (argument < smallest) {
    throw sdkError("BODY_NON_MINIMAL", "A number that is not in its shortest form.", { at });
  }
  cursor.argument = argument;
  cursor.at = at + 1 + length;
  return major;
}

/** The integer of the head just read, exact; `major` is 0 or 1. */
export function headInteger(cursor: CborCursor, major: number): bigint {
  const { bytes, at, argument } = cursor;
  const exact = argument > 0xffff_ffff ? readU64(bytes, at - 8) : BigInt(argument);
  return major === 0 ? exact : -1n - exact;
}

/** Steps over the content of the string whose head was just read and returns where it began. @throws BODY_MALFORMED */
export function skipContent(cursor: CborCursor): number {
  const start = cursor.at;
  const end = start + cursor.argument;
  if (end > cursor.bytes.length) throw cutShort();
  cursor.at = end;
  return start;
}

/** The text whose head was just read. @throws BODY_MALFORMED when it is not UTF-8 */
export function readText(cursor: CborCursor): string {
  const start = skipContent(cursor);
  const { bytes, at } = cursor;
  let text = "";
  for (let i = start; i < at; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return decodeUtf8(bytes.subarray(start, at));
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw sdkError("BODY_MALFORMED", "A text that is not UTF-8.", {}, cause);
  }
}

function readArgument(bytes: Uint8Array, at: number, length: number): number {
  if (length === 1) return bytes[at] as number;
  if (length === 2) return (bytes[at] as number) * 256 + (bytes[at + 1] as number);
  if (length === 4) return readU32(bytes, at);
  return readU32(bytes, at) * 2 ** 32 + readU32(bytes, at + 4);
}

function cutShort(): Error {
  return sdkError("BODY_MALFORMED", "The bytes end within an item.");
}

function reserved(head: number): Error {
  return sdkError("BODY_MALFORMED", "A head byte that CBOR reserves.", { head });
}
