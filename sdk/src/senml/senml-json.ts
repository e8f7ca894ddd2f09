import { fromBase64Url, toBase64Url } from "../bytes/base64.ts";
import { hex } from "../bytes/hex.ts";
import { isJsonNumber, type JsonObject, type JsonValue } from "../codec/parse-json.ts";
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

/** One record from its JSON object (RFC 8428 section 5). @throws SENML_FIELD, SENML_UNKNOWN_FIELD */
export function readJsonRecord(object: JsonValue): SenmlRecord {
  if (!(object instanceof Map)) throw sdkError("SENML_FIELD", "A SenML record is an object.");
  const record: SenmlRecord = {};
  for (const [label, value] of object as JsonObject) {
    if (fields.has(label)) setField(record, label as SenmlField, readValue(label, value));
    else ignoreField(label);
  }
  return record;
}

/** A body {"salt", "senml"} in JSON. */
export function encodeBodyJson(salt: Uint8Array, pack: SenmlPack): string {
  return `{"salt":"${hex(salt)}","senml":[${pack.map(writeJsonRecord).join(",")}]}`;
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

function writeJsonRecord(record: SenmlRecord): string {
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
