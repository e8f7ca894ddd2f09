import { isJsonNumber, type JsonObject, type JsonValue, parseJson } from "@fieldseal/sdk";
import { relayError } from "./relay-error.ts";

const maxDepth = 12;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A payload's text. @throws RELAY_ENCODING */
export function readText(payload: Uint8Array): string {
  try {
    return utf8.decode(payload);
  } catch {
    throw relayError("RELAY_ENCODING", "Not UTF-8.");
  }
}

/** A payload as strict JSON, numbers as text, objects as maps. @throws RELAY_ENCODING, RELAY_JSON */
export function readJson(payload: Uint8Array): JsonValue {
  const text = readText(payload);
  try {
    return parseJson(text, { maxDepth });
  } catch (error) {
    throw relayError("RELAY_JSON", error instanceof Error ? error.message : "Not JSON.");
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** A payload that must be an object. @throws RELAY_ENCODING, RELAY_JSON, RELAY_SHAPE */
export function readObject(payload: Uint8Array): JsonObject {
  const value = readJson(payload);
  if (isObject(value)) return value;
  throw relayError("RELAY_SHAPE", "Not a JSON object.");
}

/** The text of a member; undefined if it is none. */
export function textOf(object: JsonObject, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = object.get(name);
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** A number's digits, a text's characters, true or false; undefined for what is no single value. */
export function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return isJsonNumber(value) ? value.number : undefined;
}

export type Leaf = {
  readonly path: readonly string[];
  readonly value: string | boolean | { readonly number: string };
};

/** Every single value of a JSON value in its order, with the way to it; null is none. */
export function leavesOf(value: JsonValue, path: readonly string[] = []): Leaf[] {
  if (value === null) return [];
  if (typeof value === "string" || typeof value === "boolean" || isJsonNumber(value)) {
    return [{ path, value }];
  }
  const members: [string, JsonValue][] = Array.isArray(value)
    ? value.map((item, index): [string, JsonValue] => [String(index + 1), item])
    : [...value];
  return members.flatMap(([name, item]) => leavesOf(item, [...path, name]));
}
