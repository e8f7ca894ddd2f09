import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";

/** How long a nonce may be used, seconds. */
const nonceLifetimeS = 300;

/** Nonces of sign-in messages. Giving one out costs no memory; one that was used is known until it ends. */
export type SignInNonces = {
  issue(): { readonly nonce: string; readonly expiresS: number };
  /** Whether the nonce is ours and of use. @throws SIGN_IN_NONCE */
  check(nonce: string): void;
  /** Uses it up. @throws SIGN_IN_NONCE if it was used before */
  spend(nonce: string): void;
};

const timeLength = 6;
const saltLength = 10;
const tagLength = 16;
const spelling = new RegExp(`^[0-9a-f]{${2 * (timeLength + saltLength + tagLength)}}$`);

/** @param nowS Seconds since 1970 */
export function createSignInNonces(nowS: () => number): SignInNonces {
  const key = randomBytes(32);
  const tagOf = (body: Uint8Array) =>
    createHmac("sha256", key).update(body).digest().subarray(0, tagLength);
  const used = new Map<string, number>();

  const refusal = (why: string) =>
    new FieldsealError("SIGN_IN_NONCE", `The nonce ${why}; ask for another.`);

  const expiryOf = (nonce: string): number => {
    if (!spelling.test(nonce)) throw refusal("is not of this service");
    const bytes = Buffer.from(nonce, "hex");
    const body = bytes.subarray(0, timeLength + saltLength);
    if (!timingSafeEqual(tagOf(body), bytes.subarray(timeLength + saltLength))) {
      throw refusal("is not of this service");
    }
    return body.readUIntBE(0, timeLength);
  };

  const check = (nonce: string): number => {
    const expiresS = expiryOf(nonce);
    if (expiresS <= nowS()) throw refusal("has expired");
    if (used.has(nonce)) throw refusal("was used before");
    return expiresS;
  };

  return {
    issue() {
      const expiresS = nowS() + nonceLifetimeS;
      const body = Buffer.alloc(timeLength + saltLength);
      body.writeUIntBE(expiresS, 0, timeLength);
      body.set(randomBytes(saltLength), timeLength);
      return { nonce: Buffer.concat([body, tagOf(body)]).toString("hex"), expiresS };
    },
    check(nonce) {
      check(nonce);
    },
    spend(nonce) {
      const expiresS = check(nonce);
      for (const [old, endS] of used) {
        if (endS > nowS()) break;
        used.delete(old);
      }
      used.set(nonce, expiresS);
    },
  };
}
