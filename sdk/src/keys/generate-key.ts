import type { KeyType, PublicKey } from "../types.ts";
import { curveOf } from "./curve.ts";
import { publicKeyOf } from "./public-key-of.ts";

/** Source of random bytes. */
export type Random = (length: number) => Uint8Array;

/** Random bytes of the platform's cryptographic generator. */
export const platformRandom: Random = (length) =>
  globalThis.crypto.getRandomValues(new Uint8Array(length));

/** A new key. @param random 48 bytes are drawn (FIPS 186-5 A.2.1) */
export function generateKey(
  keyType: KeyType,
  random: Random = platformRandom,
): { secret: Uint8Array; publicKey: PublicKey } {
  const secret = curveOf(keyType).utils.randomSecretKey(random(48));
  return { secret, publicKey: publicKeyOf(keyType, secret) };
}
