import { decode, encode } from "cborg";
import { plainBytes } from "../bytes/arrays.ts";
import { scanCbor } from "../codec/scan-cbor.ts";
import { sdkError } from "../errors/sdk-error.ts";

/** Most bytes of a command's name and arguments. */
export const maxCommandLength = 1024;
/** Longest command name: its result is the metric `command:<name>`, and metrics have 31 bytes. */
export const maxCommandNameLength = 23;
const maxDepth = 4;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9\-:._]*$/;

/** What an argument may be: no fractions (send them as text), no dates, no undefined. */
export type CommandValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CommandValue[]
  | { readonly [name: string]: CommandValue };

/** What a device is asked to do. */
export type CommandContent = {
  /** Letters, digits and - : . _, at most 23. */
  readonly name: string;
  readonly args: { readonly [name: string]: CommandValue };
};

/** CBOR `[name, arguments]`, arguments a map with text keys. @throws COMMAND_FORMAT */
export function encodeCommandContent({ name, args }: CommandContent): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = plainBytes(encode([name, args]));
  } catch (cause) {
    throw malformed("An argument cannot be sent.", cause);
  }
  decodeCommandContent(bytes);
  return bytes;
}

/** Reads a command's bytes, strictly. @throws COMMAND_FORMAT */
export function decodeCommandContent(bytes: Uint8Array): CommandContent {
  if (bytes.length > maxCommandLength) throw malformed("The command is over 1 KiB.");
  let value: unknown;
  try {
    const end = scanCbor(bytes, 0, { maxDepth, numberTags: false });
    if (end !== bytes.length) throw malformed("Something follows the command.");
    value = decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true });
  } catch (cause) {
    throw malformed("The command is not strict CBOR.", cause);
  }
  const [name, args]: unknown[] = Array.isArray(value) && value.length === 2 ? value : [];
  if (typeof name !== "string" || name.length > maxCommandNameLength || !namePattern.test(name)) {
    throw malformed("The command has no name.");
  }
  if (!(args instanceof Map)) throw malformed("The command's arguments are not a map.");
  return { name, args: objectOf(args) };
}

function objectOf(map: Map<unknown, unknown>): { readonly [name: string]: CommandValue } {
  // fromEntries defines members, so that a key like __proto__ is one among others.
  return Object.fromEntries(
    [...map].map(([key, value]) => {
      if (typeof key !== "string") throw malformed("An argument's name is not a text.");
      return [key, argumentOf(value)];
    }),
  );
}

function argumentOf(value: unknown): CommandValue {
  if (value instanceof Map) return objectOf(value);
  if (Array.isArray(value)) return value.map(argumentOf);
  return value as CommandValue;
}

function malformed(message: string, cause?: unknown): Error {
  return sdkError("COMMAND_FORMAT", message, {}, cause);
}
