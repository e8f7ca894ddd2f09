import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { verify as verifySecp256k1 } from "tiny-secp256k1";
import { equalBytes } from "../bytes/arrays.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import { isPublicKey, uncompressed } from "../keys/public-key-of.ts";
import type { PublicKey } from "../types.ts";
import { derSignature } from "./der-signature.ts";
import { nodeSha256 } from "./node-sha256.ts";

/** Imported P-256 keys kept; the oldest leaves first. A fleet's keys come back message after message. */
const maxCachedKeys = 100_000;
const cache = new Map<string, KeyObject | null>();

/**
 * Whether a low-s signature by `key` covers SHA-256 of `bytes`: P-256 on libuv's thread pool, secp256k1 in
 * WebAssembly. Answers as verifyDigest does, many times faster; never throws.
 */
export async function verifySignature(
  key: PublicKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isWellFormed(key, signature)) return false;
  if (key.keyType === 1) return verifyK1(key, bytes, signature);
  const imported = importP256(key);
  if (imported === null) return false;
  return new Promise((resolve) => {
    verify("sha256", bytes, imported, derSignature(signature), (error, isValid) => {
      resolve(error === null && isValid);
    });
  });
}

/** As {@link verifySignature}, on the calling thread: cheaper by what it takes to go to another. */
export function verifySignatureHere(
  key: PublicKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!isWellFormed(key, signature)) return false;
  if (key.keyType === 1) return verifyK1(key, bytes, signature);
  const imported = importP256(key);
  return imported !== null && verify("sha256", bytes, imported, derSignature(signature));
}

function isWellFormed({ keyType, point }: PublicKey, signature: Uint8Array): boolean {
  return (
    (keyType === 1 || keyType === 2) &&
    point.length === 64 &&
    signature.length === 64 &&
    equalBytes(signature, normaliseLowS(keyType, signature))
  );
}

function verifyK1(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifySecp256k1(nodeSha256(bytes), uncompressed(key), signature, true);
  } catch {
    return false;
  }
}

/** The key as OpenSSL holds it, or null when it is no point of the curve. */
function importP256(key: PublicKey): KeyObject | null {
  const { point } = key;
  const name = Buffer.from(point.buffer, point.byteOffset, point.length).toString("latin1");
  const cached = cache.get(name);
  if (cached !== undefined) return cached;
  const imported = isPublicKey(key) ? importJwk(point) : null;
  const oldest = cache.size >= maxCachedKeys ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(name, imported);
  return imported;
}

function importJwk(point: Uint8Array): KeyObject {
  const [x, y] = [point.subarray(0, 32), point.subarray(32)].map((half) =>
    Buffer.from(half).toString("base64url"),
  );
  return createPublicKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" },
  });
}
