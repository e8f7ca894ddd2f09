import { fromBase64Url, toBase64Url } from "../bytes/base64.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { maxBodyDepth } from "../codec/limits.ts";
import { isJsonNumber, type JsonObject, type JsonValue, parseJson } from "../codec/parse-json.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { decimalText, parseDecimal } from "../leaf/decimal.ts";
import {
  ignoreField,
  type SenmlField,
  type SenmlPack,
  type SenmlRecord,
  senmlLabels,
  setField,
} from "./senml-record.ts";

const fields = new Set<string>(senmlLabels.map(([field]) => field));

/**
 * Reads {"salt", "senml"}; records as RFC 8428 section 5 writes them.
 * @throws BODY_*, JSON_SYNTAX, TRAILING_BYTES, SENML_FIELD, SENML_UNKNOWN_FIELD, VALUE_FORMAT
 */
export function readJsonBody(text: string): { salt: Uint8Array; pack: SenmlRecord[] } {
  const content = parseJson(text, { maxDepth: maxBodyDepth });
  const isBody = content instanceof Map && content.size === 2;
  const salt = isBody ? content.get("salt") : undefined;
  const pack = isBody ? content.get("senml") : undefined;
  if (typeof salt !== "string" || !/^0x[0-9a-f]{32}$/.test(salt) || !Array.isArray(pack)) {
    throw sdkError("BODY_STRUCTURE", "A JSON body is a salt of 16 bytes in hex and senml.");
  }
  return { salt: fromHex(salt), pack: pack.map(readRecord) };
}

function readRecord(object: JsonValue): SenmlRecord {
  if (!(object instanceof Map)) throw sdkError("SENML_FIELD", "A SenML record is an object.");
  const record: SenmlRecord = {};
  for (const [label, value] of object as JsonObject) {
    if (fields.has(label)) setField(record, label as SenmlField, readValue(label, value));
    else ignoreField(label);
  }
  return record;
}

/** A body {"salt", "senml"} in JSON. */
export function writeJsonBody(salt: Uint8Array, pack: SenmlPack): string {
  return `{"salt":"${hex(salt)}","senml":[${pack.map(writeRecord).join(",")}]}`;
}

function readValue(label: string, value: JsonValue): unknown {
  if (isJsonNumber(value)) return parseDecimal(value.number);
  if (label !== "vd" || typeof value !== "string") return value;
  try {
    return fromBase64Url(value);
  } catch (cause) {
    throw sdkError("SENML_FIELD", "vd is not base64url without padding.", {}, cause);
  }
}

function writeRecord(record: SenmlRecord): string {
  const parts: string[] = [];
  for (const [field] of senmlLabels) {
    const value = record[field];
    if (value === undefined) continue;
    let text: string;
    if (typeof value !== "object") text = JSON.stringify(value);
    else if (value instanceof Uint8Array) text = `"${toBase64Url(value)}"`;
    else text = decimalText(value);
    parts.push(`"${field}":${text}`);
  }
  return `{${parts.join(",")}}`;
}
