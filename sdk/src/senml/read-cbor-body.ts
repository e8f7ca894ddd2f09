import { plainBytes } from "../bytes/arrays.ts";
import {
  type CborCursor,
  headInteger,
  readHead,
  readText,
  skipContent,
} from "../codec/cbor-head.ts";
import { readNumberTag } from "../codec/cbor-number.ts";
import { maxBodyDepth } from "../codec/limits.ts";
import { scanCbor, scanItem } from "../codec/scan-cbor.ts";
import { sdkError } from "../errors/sdk-error.ts";
import {
  ignoreField,
  type SenmlField,
  type SenmlRecord,
  senmlLabels,
  setField,
} from "./senml-record.ts";

const scanOptions = { maxDepth: maxBodyDepth, numberTags: true };
const lowestLabel = -6;
/** Field names by label − lowestLabel. */
const fieldNames: SenmlField[] = [];
for (const [field, label] of senmlLabels) fieldNames[label - lowestLabel] = field;
const knownNames = new Set<string>(fieldNames);

/**
 * Reads [salt, pack] in one pass, each byte judged before it is used. When something is wrong the whole body is
 * scanned again, so that malformed CBOR is always named before a misused field.
 * @throws BODY_*, TRAILING_BYTES, SENML_FIELD, SENML_UNKNOWN_FIELD
 */
export function readCborBody(input: Uint8Array): { salt: Uint8Array; pack: SenmlRecord[] } {
  const bytes = plainBytes(input);
  try {
    const cursor: CborCursor = { bytes, at: 0, argument: 0 };
    const content = readContent(cursor);
    checkEnd(bytes, cursor.at);
    return content;
  } catch (error) {
    checkEnd(bytes, scanCbor(bytes, 0, scanOptions));
    throw error;
  }
}

function checkEnd(bytes: Uint8Array, end: number): void {
  if (end !== bytes.length) throw sdkError("TRAILING_BYTES", "Bytes after the body.", { at: end });
}

function readContent(cursor: CborCursor): { salt: Uint8Array; pack: SenmlRecord[] } {
  const isPair = readHead(cursor) === 4 && cursor.argument === 2;
  if (!isPair || readHead(cursor) !== 2) throw notBody();
  const salt = cursor.bytes.slice(skipContent(cursor), cursor.at);
  if (readHead(cursor) !== 4) throw notBody();
  const count = cursor.argument;
  const pack: SenmlRecord[] = [];
  for (let i = 0; i < count; i++) pack.push(readRecord(cursor));
  return { salt, pack };
}

function readRecord(cursor: CborCursor): SenmlRecord {
  if (readHead(cursor) !== 5) throw sdkError("SENML_FIELD", "A SenML record is a map.");
  const count = cursor.argument;
  const record: SenmlRecord = {};
  let seen = 0;
  let others: Set<string | bigint> | undefined;
  for (let i = 0; i < count; i++) {
    const major = readHead(cursor);
    const index = (major === 0 ? cursor.argument : -1 - cursor.argument) - lowestLabel;
    const field = major < 2 ? fieldNames[index] : undefined;
    if (field !== undefined) {
      if ((seen & (1 << index)) !== 0) throw duplicateKey(field);
      seen |= 1 << index;
      setField(record, field, readValue(cursor));
    } else {
      others ??= new Set();
      skipUnknown(cursor, major, others);
    }
  }
  return record;
}

function skipUnknown(cursor: CborCursor, major: number, others: Set<string | bigint>): void {
  if (major > 1 && major !== 3) {
    throw sdkError("BODY_STRUCTURE", "Map keys are integers or texts.", { major });
  }
  const label = major === 3 ? readText(cursor) : headInteger(cursor, major);
  if (others.has(label)) throw duplicateKey(String(label));
  others.add(label);
  if (typeof label === "string" && knownNames.has(label)) {
    throw sdkError("SENML_FIELD", "CBOR writes this label as a number.", { field: label });
  }
  ignoreField(label);
  scanItem(cursor, 3, scanOptions);
}

/** Numbers as Decimal; what no field holds (null, arrays, maps) as null. */
function readValue(cursor: CborCursor): unknown {
  const major = readHead(cursor);
  switch (major) {
    case 0:
    case 1:
      return { mantissa: headInteger(cursor, major), exponent: 0 };
    case 2:
      return cursor.bytes.slice(skipContent(cursor), cursor.at);
    case 3:
      return readText(cursor);
    case 6:
      return readNumberTag(cursor);
    case 7:
      return cursor.argument === 22 ? null : cursor.argument === 21;
    default:
      return null;
  }
}

function duplicateKey(key: string): Error {
  return sdkError("BODY_DUPLICATE_KEY", "A map has the same key twice.", { key: key.slice(0, 80) });
}

function notBody(): Error {
  return sdkError("BODY_STRUCTURE", "A body is [salt, pack].");
}
