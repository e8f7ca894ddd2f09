import { signRecoverable as signDigest } from "tiny-secp256k1";
import { concatBytes } from "../bytes/arrays.ts";

/**
 * Signs a digest with an Ethereum account's key: 65 bytes r ‖ s ‖ v, low-s, v 27 or 28, deterministic (RFC 6979).
 * @param secret 32 bytes
 */
export function signRecoverable(digest: Uint8Array, secret: Uint8Array): Uint8Array {
  const { signature, recoveryId } = signDigest(digest, secret);
  return concatBytes(signature, Uint8Array.of(27 + recoveryId));
}
