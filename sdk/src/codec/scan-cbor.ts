import { readU32 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Which CBOR the scan lets pass beside arrays, maps, strings, integers, booleans and null. */
export type CborScanOptions = {
  /** Deepest nesting of arrays and maps. */
  readonly maxDepth: number;
  /** Whether bignums (tags 2, 3) and decimal fractions (tag 4) may stand as values. */
  readonly numberTags: boolean;
};

/** Where the scan stands, and the argument of the head it read last. */
type Cursor = { at: number; argument: number };

/**
 * Walks one CBOR item without building anything and returns where it ends. Depth, lengths and
 * shortest forms are judged here because cborg has no depth limit and one error for everything.
 * @throws BODY_MALFORMED, BODY_NESTING, BODY_INDEFINITE, BODY_NON_MINIMAL, BODY_FLOAT, BODY_TAG, BODY_STRUCTURE
 */
export function scanCbor(bytes: Uint8Array, start: number, options: CborScanOptions): number {
  const cursor: Cursor = { at: start, argument: 0 };
  scanItem(bytes, cursor, 0, options);
  return cursor.at;
}

function scanItem(
  bytes: Uint8Array,
  cursor: Cursor,
  depth: number,
  options: CborScanOptions,
): void {
  const major = readHead(bytes, cursor);
  const { argument } = cursor;
  if (major < 2 || major === 7) return;
  if (major === 2 || major === 3) {
    skipString(bytes, cursor, major === 3);
    return;
  }
  if (major === 6) {
    if (!options.numberTags) throw sdkError("BODY_TAG", "No tag belongs here.", { tag: argument });
    scanNumberTag(bytes, cursor, depth, options);
    return;
  }
  if (depth === options.maxDepth) {
    throw sdkError("BODY_NESTING", `Nested more than ${options.maxDepth} deep.`);
  }
  if (argument > bytes.length - cursor.at) throw cutShort();
  for (let i = 0; i < argument; i++) {
    if (major === 5) scanKey(bytes, cursor);
    scanItem(bytes, cursor, depth + 1, options);
  }
}

/** Keys are integers or texts: with others, equal keys could hide from the check for duplicates. */
function scanKey(bytes: Uint8Array, cursor: Cursor): void {
  const major = readHead(bytes, cursor);
  if (major === 3) skipString(bytes, cursor, true);
  else if (major > 1) {
    throw sdkError("BODY_STRUCTURE", "Map keys are integers or texts.", { major });
  }
}

function scanNumberTag(
  bytes: Uint8Array,
  cursor: Cursor,
  depth: number,
  options: CborScanOptions,
): void {
  const tag = cursor.argument;
  if (tag === 2 || tag === 3) {
    scanBignum(bytes, cursor);
    return;
  }
  if (tag !== 4) throw sdkError("BODY_TAG", "Unknown tag.", { tag });
  if (readHead(bytes, cursor) !== 4 || cursor.argument !== 2) throw wrongTagContent(tag);
  if (depth === options.maxDepth) {
    throw sdkError("BODY_NESTING", `Nested more than ${options.maxDepth} deep.`);
  }
  if (readHead(bytes, cursor) > 1) throw wrongTagContent(tag);
  const mantissa = readHead(bytes, cursor);
  if (mantissa < 2) return;
  if (mantissa !== 6 || (cursor.argument !== 2 && cursor.argument !== 3)) {
    throw wrongTagContent(tag);
  }
  scanBignum(bytes, cursor);
}

/** RFC 8949 section 3.4.3: no leading zeros, and nothing that a plain integer holds. */
function scanBignum(bytes: Uint8Array, cursor: Cursor): void {
  if (readHead(bytes, cursor) !== 2) throw wrongTagContent(2);
  const first = cursor.at;
  const length = cursor.argument;
  skipString(bytes, cursor, false);
  if (length <= 8 || bytes[first] === 0) {
    throw sdkError("BODY_NON_MINIMAL", "A bignum that is not in its shortest form.");
  }
}

function skipString(bytes: Uint8Array, cursor: Cursor, isText: boolean): void {
  const end = cursor.at + cursor.argument;
  if (end > bytes.length) throw cutShort();
  if (isText) checkUtf8(bytes, cursor.at, end);
  cursor.at = end;
}

function checkUtf8(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) < 0x80) continue;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch (cause) {
      throw sdkError("BODY_MALFORMED", "A text that is not UTF-8.", {}, cause);
    }
    return;
  }
}

/** Reads one head into the cursor and returns its major type. */
function readHead(bytes: Uint8Array, cursor: Cursor): number {
  const at = cursor.at;
  if (at >= bytes.length) throw cutShort();
  const head = bytes[at] as number;
  const major = head >> 5;
  const info = head & 31;
  if (info < 24) {
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

function wrongTagContent(tag: number): Error {
  return sdkError("BODY_TAG", "A tag with content that does not belong to it.", { tag });
}
