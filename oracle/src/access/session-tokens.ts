import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { FieldsealError, fromHex, hex } from "@fieldseal/sdk";
import type { Hex } from "../chain/types.ts";

/** How long a sign-in lasts, seconds: as long as the longest token of a device. */
const sessionLifetimeS = 3600;

const prefix = "fs1.";
const tagLength = 32;
/** Address, expiry, random. */
const bodyLength = 20 + 6 + 16;

/** Tokens of accounts that signed in. They need no memory, and none survives the process. */
export type SessionTokens = {
  issue(who: Hex): { readonly token: string; readonly expiresS: number };
  /** @throws SESSION_INVALID, SESSION_EXPIRED */
  open(token: string): { readonly who: Hex; readonly expiresS: number };
};

export const isSessionToken = (token: string): boolean => token.startsWith(prefix);

/** @param nowS Seconds since 1970 */
export function createSessionTokens(nowS: () => number): SessionTokens {
  const key = randomBytes(32);
  const tagOf = (body: Uint8Array) => createHmac("sha256", key).update(body).digest();
  return {
    issue(who) {
      const expiresS = nowS() + sessionLifetimeS;
      const body = Buffer.alloc(bodyLength);
      body.set(fromHex(who, 20));
      body.writeUIntBE(expiresS, 20, 6);
      body.set(randomBytes(16), 26);
      const token = prefix + Buffer.concat([body, tagOf(body)]).toString("base64url");
      return { token, expiresS };
    },
    open(token) {
      const bytes = Buffer.from(token.slice(prefix.length), "base64url");
      const isWhole = isSessionToken(token) && bytes.length === bodyLength + tagLength;
      const body = bytes.subarray(0, bodyLength);
      // One spelling only: base64url drops what does not belong into it.
      const isSpelt = prefix + bytes.toString("base64url") === token;
      if (!isWhole || !isSpelt || !timingSafeEqual(tagOf(body), bytes.subarray(bodyLength))) {
        throw new FieldsealError("SESSION_INVALID", "The session token is not of this service.");
      }
      const expiresS = body.readUIntBE(20, 6);
      if (expiresS <= nowS()) {
        throw new FieldsealError("SESSION_EXPIRED", "The session has expired; sign in again.");
      }
      return { who: hex(body.subarray(0, 20)), expiresS };
    },
  };
}
