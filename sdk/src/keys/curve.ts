import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sdkError } from "../errors/sdk-error.ts";
import type { KeyType } from "../types.ts";

/** The curve of a key type. @throws KEY_FORMAT */
export function curveOf(keyType: KeyType): typeof p256 {
  if (keyType === 1) return secp256k1;
  if (keyType === 2) return p256;
  throw sdkError("KEY_FORMAT", "Unknown key type.", { keyType });
}

/** Order of the curve's group. */
export const curveOrder: Readonly<Record<KeyType, bigint>> = {
  1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  2: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};
