import { sdkError } from "../errors/sdk-error.ts";
import { type CborCursor, readHead, readText, skipContent } from "./cbor-head.ts";
import { readNumberTag } from "./cbor-number.ts";

/** Which CBOR the scan lets pass beside arrays, maps, strings, integers, booleans and null. */
export type CborScanOptions = {
  /** Deepest nesting of arrays and maps. */
  readonly maxDepth: number;
  /** Whether bignums (tags 2, 3) and decimal fractions (tag 4) may stand as values. */
  readonly numberTags: boolean;
};

/**
 * Walks one CBOR item without building anything and returns where it ends. Nothing is parsed before depth,
 * lengths and shortest forms are judged: cborg has no depth limit.
 * @throws BODY_MALFORMED, BODY_NESTING, BODY_INDEFINITE, BODY_NON_MINIMAL, BODY_FLOAT, BODY_TAG, BODY_STRUCTURE
 */
export function scanCbor(bytes: Uint8Array, start: number, options: CborScanOptions): number {
  const cursor: CborCursor = { bytes, at: start, argument: 0 };
  scanItem(cursor, 0, options);
  return cursor.at;
}

/** Steps over one item that lies `depth` arrays and maps deep. @throws as {@link scanCbor} */
export function scanItem(cursor: CborCursor, depth: number, options: CborScanOptions): void {
  const major = readHead(cursor);
  const { argument } = cursor;
  if (major < 2 || major === 7) return;
  if (major === 2) skipContent(cursor);
  else if (major === 3) readText(cursor);
  else if (major === 6) scanTag(cursor, depth, options);
  else {
    checkDepth(depth, options);
    for (let i = 0; i < argument; i++) {
      if (major === 5) scanKey(cursor);
      scanItem(cursor, depth + 1, options);
    }
  }
}

/** Keys are integers or texts: with others, equal keys could hide from the check for duplicates. */
function scanKey(cursor: CborCursor): void {
  const major = readHead(cursor);
  if (major === 3) readText(cursor);
  else if (major > 1) {
    throw sdkError("BODY_STRUCTURE", "Map keys are integers or texts.", { major });
  }
}

function scanTag(cursor: CborCursor, depth: number, options: CborScanOptions): void {
  if (!options.numberTags) {
    throw sdkError("BODY_TAG", "No tag belongs here.", { tag: cursor.argument });
  }
  if (cursor.argument === 4) checkDepth(depth, options);
  readNumberTag(cursor);
}

function checkDepth(depth: number, { maxDepth }: CborScanOptions): void {
  if (depth >= maxDepth) throw sdkError("BODY_NESTING", `Nested more than ${maxDepth} deep.`);
}
