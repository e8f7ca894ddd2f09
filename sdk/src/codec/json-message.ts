import { utf8 } from "../bytes/arrays.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { maxU32, maxU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { parseDeviceId } from "../id/device-id.ts";
import type { DeviceId, DeviceMessage } from "../types.ts";
import { maxBodyDepth, maxMessageLength } from "./limits.ts";
import { type JsonObject, parseJson } from "./parse-json.ts";

const members = ["device", "keyIndex", "sequence", "root", "signature", "body"];
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A message's JSON bytes. @throws MESSAGE_TOO_LARGE, MESSAGE_FIELD unless the body is JSON */
export function encodeJsonMessage(message: DeviceMessage): Uint8Array {
  if (message.body.kind !== "json") {
    throw sdkError("MESSAGE_FIELD", "A JSON message has a JSON body.", { body: message.body.kind });
  }
  const facts = {
    device: message.device,
    keyIndex: message.keyIndex.toString(),
    sequence: message.sequence.toString(),
    root: hex(message.root),
    signature: hex(message.signature),
  };
  const bytes = utf8(`${JSON.stringify(facts).slice(0, -1)},"body":${message.body.text}}`);
  if (bytes.length > maxMessageLength) throw tooLarge(bytes.length);
  return bytes;
}

/**
 * Takes a JSON message apart; the body stays the very text that was sent.
 * @throws MESSAGE_TOO_LARGE, MESSAGE_FIELD, JSON_SYNTAX, BODY_DUPLICATE_KEY, BODY_NESTING, TRAILING_BYTES
 */
export function decodeJsonMessage(bytes: Uint8Array): DeviceMessage {
  if (bytes.length > maxMessageLength) throw tooLarge(bytes.length);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw sdkError("JSON_SYNTAX", "The message is not UTF-8.", {}, cause);
  }
  let body = "";
  const object = parseJson(text, {
    maxDepth: maxBodyDepth + 1,
    onMember(key, start, end) {
      if (key === "body") body = text.slice(start, end);
    },
  });
  if (!(object instanceof Map) || object.size !== members.length) {
    throw sdkError("MESSAGE_FIELD", `A message has exactly ${members.join(", ")}.`);
  }
  if (!(object.get("body") instanceof Map)) throw badField("body");
  return {
    device: field(object, "device", lowerDevice),
    keyIndex: field(object, "keyIndex", (value) => Number(unsigned(value, BigInt(maxU32)))),
    sequence: field(object, "sequence", (value) => unsigned(value, maxU64)),
    root: field(object, "root", (value) => lowerHex(value, 32)),
    keyType: undefined,
    signature: field(object, "signature", (value) => lowerHex(value, 64)),
    body: { kind: "json", text: body },
  };
}

function field<Value>(object: JsonObject, name: string, read: (text: string) => Value): Value {
  const value = object.get(name);
  if (typeof value !== "string") throw badField(name);
  try {
    return read(value);
  } catch (cause) {
    throw badField(name, cause);
  }
}

function unsigned(text: string, max: bigint): bigint {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text) || BigInt(text) > max) {
    throw sdkError("BYTES_FORMAT", "Not an unsigned decimal integer.", { text: text.slice(0, 80) });
  }
  return BigInt(text);
}

function badField(name: string, cause?: unknown): Error {
  return sdkError("MESSAGE_FIELD", `The member ${name} is missing or malformed.`, { name }, cause);
}

function tooLarge(length: number): Error {
  return sdkError("MESSAGE_TOO_LARGE", `The message has ${length} bytes, 8192 are taken.`, {
    length,
  });
}

function lowerDevice(value: string): DeviceId {
  const device = parseDeviceId(value);
  if (device !== value) throw new TypeError("hex digits are lowercase");
  return device;
}

/** One spelling only, so that no letter of a stored message can change unnoticed. */
function lowerHex(value: string, length: number): Uint8Array {
  const bytes = fromHex(value, length);
  if (hex(bytes) !== value) throw new TypeError("hex digits are lowercase");
  return bytes;
}
