import { sdkError } from "../errors/sdk-error.ts";
import type { DeviceMessage } from "../types.ts";
import { decodeCoseMessage } from "./cose-message.ts";
import { decodeJsonMessage } from "./json-message.ts";
import { maxMessageLength } from "./limits.ts";

/**
 * Takes a message apart by its first byte: d2 is COSE_Sign1, an opening brace is JSON. Nothing is believed
 * yet: {@link checkBody} judges the body, a signature check the rest.
 * @throws MESSAGE_TOO_LARGE, MESSAGE_ENCODING, and as decodeCoseMessage and decodeJsonMessage
 */
export function decodeMessage(bytes: Uint8Array): DeviceMessage {
  if (bytes.length > maxMessageLength) {
    throw sdkError("MESSAGE_TOO_LARGE", `The message has ${bytes.length} bytes, 8192 are taken.`, {
      length: bytes.length,
    });
  }
  if (bytes[0] === 0xd2) return decodeCoseMessage(bytes);
  if (bytes[0] === 0x7b) return decodeJsonMessage(bytes);
  throw sdkError("MESSAGE_ENCODING", "Neither COSE_Sign1 nor JSON.", { first: bytes[0] });
}
