import type { PublicKey } from "../types.ts";
import { curveOf } from "./curve.ts";
import { isPublicKey, uncompressed } from "./public-key-of.ts";

/**
 * Whether a 64-byte low-s signature by `key` covers a 32-byte digest.
 * High-s, wrong lengths and points off the curve are false, as on chain. Never throws.
 */
export function verifyDigest(key: PublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
  if (digest.length !== 32 || signature.length !== 64 || !isPublicKey(key)) return false;
  try {
    return curveOf(key.keyType).verify(signature, digest, uncompressed(key), {
      prehash: false,
      lowS: true,
    });
  } catch {
    return false;
  }
}
