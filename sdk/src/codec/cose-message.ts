import { concatBytes, plainBytes } from "../bytes/arrays.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { readU32, readU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { DeviceMessage, KeyType, MessageBody } from "../types.ts";
import { maxMessageLength } from "./limits.ts";
import { protectedHeader } from "./protected-header.ts";
import { scanCbor } from "./scan-cbor.ts";

/** Tag 18, array of four, and the protected header as far as it is the same for every device. */
const starts: Readonly<Record<KeyType, Uint8Array>> = {
  1: fromHex("0xd2845839a401382e036b6669656c647365616c2f310454"),
  2: fromHex("0xd2845838a40126036b6669656c647365616c2f310454"),
};
const identityLabel = fromHex("0x3a000100004c");
/** Map of one and label −65538. */
const bodyLabel = fromHex("0xa13a00010001");

/** A message's COSE_Sign1 bytes. @throws MESSAGE_TOO_LARGE, MESSAGE_TEMPLATE for a JSON body or no key type */
export function encodeCoseMessage(message: DeviceMessage): Uint8Array {
  const { body, keyType, root, signature } = message;
  if (
    keyType === undefined ||
    body.kind === "json" ||
    root.length !== 32 ||
    signature.length !== 64
  ) {
    throw sdkError(
      "MESSAGE_TEMPLATE",
      "COSE needs a key type, a CBOR body, a root and a signature.",
    );
  }
  const header = protectedHeader(keyType, message.device, message.keyIndex, message.sequence);
  const bytes = concatBytes(
    Uint8Array.of(0xd2, 0x84, 0x58, header.length),
    header,
    bodyLabel,
    body.kind === "plain" ? concatBytes(byteStringHead(body.bytes.length), body.bytes) : body.bytes,
    Uint8Array.of(0x58, 32),
    root,
    Uint8Array.of(0x58, 64),
    signature,
  );
  if (bytes.length > maxMessageLength) throw tooLarge(bytes.length);
  return bytes;
}

/**
 * Takes a COSE_Sign1 message apart. The envelope is a fixed template, compared byte by byte; the body is
 * found but not opened.
 * @throws MESSAGE_TOO_LARGE, MESSAGE_TEMPLATE, TRAILING_BYTES, and the BODY_* codes for a COSE_Encrypt0
 */
export function decodeCoseMessage(input: Uint8Array): DeviceMessage {
  if (input.length > maxMessageLength) throw tooLarge(input.length);
  const bytes = plainBytes(input);
  const keyType: KeyType = bytes[3] === 0x38 ? 2 : 1;
  let at = expect(bytes, 0, starts[keyType]);
  const device = at;
  at = expect(bytes, at + 20, identityLabel);
  const identity = at;
  at = expect(bytes, at + 12, bodyLabel);
  const { body, end } = readBody(bytes, at);
  const root = expect(bytes, end, Uint8Array.of(0x58, 32));
  const signature = expect(bytes, root + 32, Uint8Array.of(0x58, 64));
  if (bytes.length < signature + 64) throw notTemplate(bytes.length);
  if (bytes.length > signature + 64) {
    throw sdkError("TRAILING_BYTES", "Bytes after the message.", { at: signature + 64 });
  }
  return {
    device: hex(bytes.subarray(device, device + 20)),
    keyIndex: readU32(bytes, identity),
    sequence: readU64(bytes, identity + 4),
    root: bytes.slice(root, root + 32),
    keyType,
    signature: bytes.slice(signature),
    body,
  };
}

function readBody(bytes: Uint8Array, at: number): { body: MessageBody; end: number } {
  const head = bytes[at];
  if (head === 0xd0) {
    const end = scanEncrypt0(bytes, at);
    return { body: { kind: "encrypted", bytes: bytes.subarray(at, end) }, end };
  }
  if (head === undefined || head >> 5 !== 2) throw notTemplate(at);
  const end = scanCbor(bytes, at, { maxDepth: 0, numberTags: false });
  const start = at + (head < 0x58 ? 1 : head === 0x58 ? 2 : 3);
  return { body: { kind: "plain", bytes: bytes.subarray(start, end) }, end };
}

/** End of a COSE_Encrypt0 (RFC 9052 section 5.2): tag 16, [protected, unprotected, ciphertext]. */
function scanEncrypt0(bytes: Uint8Array, start: number): number {
  const majors = [2, 5, 2];
  let at = start + 2;
  if (bytes[start + 1] !== 0x83) throw notTemplate(start + 1);
  for (const major of majors) {
    if ((bytes[at] ?? 0xff) >> 5 !== major) throw notTemplate(at);
    at = scanCbor(bytes, at, { maxDepth: 3, numberTags: false });
  }
  return at;
}

function expect(bytes: Uint8Array, at: number, pattern: Uint8Array): number {
  for (let i = 0; i < pattern.length; i++) {
    if (bytes[at + i] !== pattern[i]) throw notTemplate(at + i);
  }
  return at + pattern.length;
}

function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 + length);
  if (length < 256) return Uint8Array.of(0x58, length);
  return Uint8Array.of(0x59, length >> 8, length & 255);
}

function notTemplate(at: number): Error {
  return sdkError("MESSAGE_TEMPLATE", `The message leaves the template at byte ${at}.`, { at });
}

function tooLarge(length: number): Error {
  return sdkError("MESSAGE_TOO_LARGE", `The message has ${length} bytes, 8192 are taken.`, {
    length,
  });
}
