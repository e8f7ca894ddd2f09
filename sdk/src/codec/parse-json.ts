import { sdkError } from "../errors/sdk-error.ts";

/** A JSON number kept as its text: 64-bit integers and decimals lose digits as JavaScript numbers. */
export type JsonNumber = { readonly number: string };

/** A JSON value; objects as maps, so that no key has a meaning of its own. */
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject;
export type JsonObject = Map<string, JsonValue>;

/** Limits and a listener for the members of the outermost object. */
export type JsonOptions = {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Called for each member of the outermost object with the span of its value in the text. */
  readonly onMember?: (key: string, start: number, end: number) => void;
};

const space = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// One character a turn: a repetition within the repetition would take a string without an end for ever.
const stringToken = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const literals: readonly (readonly [string, null | boolean])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/**
 * Strict JSON (RFC 8259): numbers keep their text, duplicate keys and lone surrogates are refused.
 * @throws JSON_SYNTAX, BODY_DUPLICATE_KEY, BODY_NESTING, TRAILING_BYTES
 */
export function parseJson(text: string, options: JsonOptions): JsonValue {
  let at = 0;

  function skipSpace(): void {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
  }

  function token(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[0];
  }

  function readString(): string {
    const found = token(stringToken);
    if (found === undefined) throw syntaxError(at);
    return decodeString(found, at);
  }

  function enter(depth: number): void {
    if (depth >= options.maxDepth) {
      throw sdkError("BODY_NESTING", `Nested more than ${options.maxDepth} deep.`);
    }
    at++;
    skipSpace();
  }

  /** After an element: true if another follows, false at the end. */
  function more(close: string): boolean {
    skipSpace();
    const next = text[at++];
    if (next === close) return false;
    if (next !== ",") throw syntaxError(at - 1);
    skipSpace();
    return true;
  }

  function readObject(depth: number): JsonObject {
    enter(depth);
    const object: JsonObject = new Map();
    if (text[at] === "}") {
      at++;
      return object;
    }
    do {
      const key = readString();
      if (object.has(key)) {
        throw sdkError("BODY_DUPLICATE_KEY", "An object has the same key twice.", { key });
      }
      skipSpace();
      if (text[at++] !== ":") throw syntaxError(at - 1);
      skipSpace();
      const start = at;
      object.set(key, readValue(depth + 1));
      if (depth === 0) options.onMember?.(key, start, at);
    } while (more("}"));
    return object;
  }

  function readArray(depth: number): JsonValue[] {
    enter(depth);
    const array: JsonValue[] = [];
    if (text[at] === "]") {
      at++;
      return array;
    }
    do array.push(readValue(depth + 1));
    while (more("]"));
    return array;
  }

  function readValue(depth: number): JsonValue {
    const first = text[at];
    if (first === "{") return readObject(depth);
    if (first === "[") return readArray(depth);
    if (first === '"') return readString();
    for (const [word, value] of literals) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    const number = token(numberToken);
    if (number === undefined) throw syntaxError(at);
    return { number };
  }

  skipSpace();
  const value = readValue(0);
  skipSpace();
  if (at !== text.length) throw sdkError("TRAILING_BYTES", "Text after the JSON value.", { at });
  return value;
}

/** Whether a value is a number. */
export function isJsonNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === "object" && value !== null && "number" in value;
}

/** JSON.parse refuses the control characters that the token lets pass. */
function decodeString(token: string, at: number): string {
  let value: string;
  try {
    value = String(JSON.parse(token));
  } catch {
    throw syntaxError(at);
  }
  if (!value.isWellFormed()) throw syntaxError(at);
  return value;
}

function syntaxError(at: number): Error {
  return sdkError("JSON_SYNTAX", `Not JSON at character ${at}.`, { at });
}
