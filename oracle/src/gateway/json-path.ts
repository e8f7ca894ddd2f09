import type { JsonValue } from "@fieldseal/sdk";
import { isObject } from "./read-json.ts";

/** Steps into a JSON value: member names and indexes. */
export type JsonPath = readonly (string | number)[];

const step = /(?:^|\.)([A-Za-z_][\w-]*)|\[(\d{1,4})\]|\[(?:'([^'\\]*)'|"([^"\\]*)")\]/y;

/**
 * A path as `a.b['c d'][0]`.
 * @returns undefined if it is written otherwise; the empty text is the whole value
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  const path: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null || path.length >= 16) return undefined;
    const [, name, index, single, double] = found;
    path.push(index === undefined ? (name ?? single ?? double ?? "") : Number(index));
  }
  return path;
}

/** What is at a path, undefined if nothing is. Members are looked up in maps: no name has a meaning of its own. */
export function followPath(value: JsonValue, path: JsonPath): JsonValue | undefined {
  let here: JsonValue | undefined = value;
  for (const key of path) {
    if (typeof key === "number") here = Array.isArray(here) ? here[key] : undefined;
    else here = isObject(here) ? here.get(key) : undefined;
  }
  return here;
}
