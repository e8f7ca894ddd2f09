import { sdkError } from "../errors/sdk-error.ts";
import type { KeyType, PublicKey } from "../types.ts";
import { curveOf } from "./curve.ts";

/** The public key of a 32-byte secret. @throws KEY_FORMAT */
export function publicKeyOf(keyType: KeyType, secret: Uint8Array): PublicKey {
  const curve = curveOf(keyType);
  if (!curve.utils.isValidSecretKey(secret)) {
    throw sdkError("KEY_FORMAT", "Not a secret key of this curve.", { keyType });
  }
  return { keyType, point: curve.getPublicKey(secret, false).slice(1) };
}

/** Whether the 64 bytes are a point of the key type's curve. */
export function isPublicKey(key: PublicKey): boolean {
  if ((key.keyType !== 1 && key.keyType !== 2) || key.point.length !== 64) return false;
  return curveOf(key.keyType).utils.isValidPublicKey(uncompressed(key), false);
}

/** 04 ‖ x ‖ y (SEC 1 section 2.3.3). */
export function uncompressed(key: PublicKey): Uint8Array {
  const out = new Uint8Array(65);
  out[0] = 4;
  out.set(key.point, 1);
  return out;
}
