import { decode, encode, Tagged } from "cborg";
import { plainBytes } from "../bytes/arrays.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { MessageBody } from "../types.ts";
import { scanCbor } from "./scan-cbor.ts";

/** {1: 3}: algorithm A256GCM (RFC 9053 section 4.1). */
const protectedHeader = Uint8Array.of(0xa1, 0x01, 0x03);
/** Enc_structure (RFC 9052 section 5.3) with empty external_aad. */
const additionalData = encode(["Encrypt0", protectedHeader, new Uint8Array(0)]);
const nonceLength = 12;

/**
 * Seals a plain body from the oracle too: a COSE_Encrypt0 under A256GCM.
 * @param key 32 bytes
 * @param nonce 12 bytes, never twice under one key
 * @throws BODY_ENCRYPTED when the body is not plain, KEY_FORMAT
 */
export async function encryptBody(
  body: MessageBody,
  key: Uint8Array,
  nonce: Uint8Array,
): Promise<MessageBody> {
  if (body.kind !== "plain") throw sdkError("BODY_ENCRYPTED", "Only a plain CBOR body is sealed.");
  if (nonce.length !== nonceLength) throw sdkError("KEY_FORMAT", "A nonce is 12 bytes.");
  const sealed = await globalThis.crypto.subtle.encrypt(
    gcm(nonce),
    await importKey(key, "encrypt"),
    copy(body.bytes),
  );
  const content = [protectedHeader, new Map([[5, nonce]]), new Uint8Array(sealed)];
  return { kind: "encrypted", bytes: plainBytes(encode(new Tagged(16, content))) };
}

/** Opens what {@link encryptBody} made. @throws BODY_ENCRYPTED when it does not open, KEY_FORMAT */
export async function decryptBody(body: MessageBody, key: Uint8Array): Promise<MessageBody> {
  if (body.kind !== "encrypted") throw sdkError("BODY_ENCRYPTED", "The body is not encrypted.");
  const { nonce, ciphertext } = readEncrypt0(body.bytes);
  const opener = await importKey(key, "decrypt");
  try {
    const plain = await globalThis.crypto.subtle.decrypt(gcm(nonce), opener, copy(ciphertext));
    return { kind: "plain", bytes: new Uint8Array(plain) };
  } catch (cause) {
    throw sdkError("BODY_ENCRYPTED", "The body does not open with this key.", {}, cause);
  }
}

function readEncrypt0(bytes: Uint8Array): { nonce: Uint8Array; ciphertext: Uint8Array } {
  const isTagged = bytes[0] === 0xd0;
  const inner = bytes.subarray(1);
  if (isTagged && scanCbor(inner, 0, { maxDepth: 4, numberTags: false }) === inner.length) {
    const content: unknown = decode(inner, { strict: true, useMaps: true });
    if (Array.isArray(content) && content.length === 3) {
      const [header, unprotected, ciphertext] = content as unknown[];
      const nonce = unprotected instanceof Map ? unprotected.get(5) : undefined;
      const known = header instanceof Uint8Array && header.join() === protectedHeader.join();
      if (known && isNonce(nonce) && ciphertext instanceof Uint8Array) return { nonce, ciphertext };
    }
  }
  throw sdkError("BODY_ENCRYPTED", "Not a COSE_Encrypt0 under A256GCM.");
}

function isNonce(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === nonceLength;
}

async function importKey(key: Uint8Array, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  if (key.length !== 32) throw sdkError("KEY_FORMAT", "A key is 32 bytes.", { length: key.length });
  return globalThis.crypto.subtle.importKey("raw", copy(key), "AES-GCM", false, [use]);
}

function gcm(nonce: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: copy(nonce), additionalData: copy(additionalData) };
}

/** WebCrypto takes no view of a shared buffer. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
