import { sdkError } from "../errors/sdk-error.ts";
import { keccak256 } from "../hash/keccak256.ts";
import { sha256 } from "../hash/sha256.ts";
import type { KeyType, Signer } from "../types.ts";
import { curveOf } from "./curve.ts";
import { publicKeyOf } from "./public-key-of.ts";

/**
 * A {@link Signer} over a secret in memory; deterministic (RFC 6979), low-s.
 * @throws KEY_FORMAT; signing throws KEY_HASH for keccak256 with a P-256 key
 */
export function softwareSigner(keyType: KeyType, secret: Uint8Array): Signer {
  const curve = curveOf(keyType);
  const key = Uint8Array.from(secret);
  const publicKey = publicKeyOf(keyType, key);
  return {
    publicKey,
    async sign(bytes, hash) {
      if (hash === "keccak256" && keyType === 2) {
        throw sdkError("KEY_HASH", "P-256 keys sign SHA-256 only.");
      }
      const digest = hash === "keccak256" ? keccak256(bytes) : sha256(bytes);
      return curve.sign(digest, key, { prehash: false, lowS: true });
    },
  };
}
