import { toBigInt, word } from "../bytes/integers.ts";
import type { KeyType } from "../types.ts";
import { curveOrder } from "./curve.ts";

/**
 * The low-s one of the two signatures (r, s) and (r, n − s); half of what secure elements and
 * OpenSSL emit is high-s. What is no signature at all comes back unchanged.
 */
export function normaliseLowS(keyType: KeyType, signature: Uint8Array): Uint8Array {
  const order = curveOrder[keyType];
  if (order === undefined || signature.length !== 64) return signature;
  // s ≤ n/2 < 2^255 for sure when its first byte is below 0x7f: no big integer needed.
  if ((signature[32] as number) < 0x7f) return signature;
  const s = toBigInt(signature.subarray(32));
  if (s <= order / 2n || s >= order) return signature;
  const out = Uint8Array.from(signature);
  out.set(word(order - s), 32);
  return out;
}
