import { utf8 } from "../bytes/arrays.ts";
import { fromBase64Url, toBase64Url } from "../bytes/base64.ts";
import { isJsonNumber, type JsonObject, parseJson } from "../codec/parse-json.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { sha256 } from "../hash/sha256.ts";
import { parseDeviceId } from "../id/device-id.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import { verifyDigest } from "../keys/verify-digest.ts";
import type { DeviceId, KeyType, PublicKey, Signer } from "../types.ts";

/** Longest life of a login, seconds. */
export const maxLoginLifetimeS = 3600;
/** How far a device's clock may run ahead, seconds. */
const skewS = 60;
const maxTokenLength = 2048;
const loginType = "fieldseal-login+jwt";
const algorithms: Readonly<Record<KeyType, "ES256K" | "ES256">> = { 1: "ES256K", 2: "ES256" };
const decoder = new TextDecoder("utf-8", { fatal: true });

export type LoginParameters = {
  readonly signer: Signer;
  readonly device: DeviceId;
  /** `${hex(domain)}/${broker authority}`. */
  readonly audience: string;
  readonly nowS: number;
  /** At most 3600. */
  readonly lifetimeS: number;
};

/** A token taken apart, not yet believed. */
export type LoginToken = {
  readonly device: DeviceId;
  readonly audience: string;
  readonly expiresS: number;
  readonly issuedS: number;
  readonly alg: "ES256" | "ES256K";
  /** What the signature covers; hash it with SHA-256. */
  readonly signingInput: Uint8Array;
  /** r ‖ s, 64 bytes, low-s. */
  readonly signature: Uint8Array;
};

/** A broker password: a JWT (RFC 7519, RFC 8812) signed with the device's current key. @throws LOGIN_LIFETIME */
export async function createLoginToken(parameters: LoginParameters): Promise<string> {
  const { signer, device, audience, nowS, lifetimeS } = parameters;
  if (!(lifetimeS > 0 && lifetimeS <= maxLoginLifetimeS)) {
    throw sdkError("LOGIN_LIFETIME", "A login lives an hour at most.", { lifetimeS });
  }
  const { keyType } = signer.publicKey;
  const issuedS = Math.floor(nowS);
  const header = { alg: algorithms[keyType], typ: loginType };
  const claims = { sub: device, aud: audience, iat: issuedS, exp: issuedS + Math.floor(lifetimeS) };
  const input = [header, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
  const signature = normaliseLowS(keyType, await signer.sign(utf8(input), "sha256"));
  return `${input}.${toBase64Url(signature)}`;
}

/** Takes a token apart, strictly. @throws LOGIN_FORMAT */
export function parseLoginToken(token: string): LoginToken {
  try {
    const parts = token.length > maxTokenLength ? [] : token.split(".");
    const [header = "", claims = "", tail = ""] = parts;
    if (parts.length !== 3) throw notLogin("parts");
    const head = readObject(header);
    const body = readObject(claims);
    const alg = head.get("alg");
    if (head.get("typ") !== loginType || head.has("crit")) throw notLogin("typ");
    if (alg !== "ES256" && alg !== "ES256K") throw notLogin("alg");
    const audience = body.get("aud");
    const subject = body.get("sub");
    if (typeof audience !== "string" || typeof subject !== "string") throw notLogin("aud");
    const signature = fromBase64Url(tail);
    if (signature.length !== 64) throw notLogin("signature");
    return {
      device: parseDeviceId(subject),
      audience,
      expiresS: readSeconds(body, "exp"),
      issuedS: readSeconds(body, "iat"),
      alg,
      signingInput: utf8(`${header}.${claims}`),
      signature: normaliseLowS(alg === "ES256K" ? 1 : 2, signature),
    };
  } catch (cause) {
    throw sdkError("LOGIN_FORMAT", "The password is no login token.", {}, cause);
  }
}

/**
 * Checks everything about a token but its signature.
 * @throws LOGIN_ALGORITHM, LOGIN_AUDIENCE, LOGIN_LIFETIME, LOGIN_EARLY, LOGIN_EXPIRED
 */
export function checkLoginClaims(
  token: LoginToken,
  { keyType, audience, nowS }: { keyType: KeyType; audience: string; nowS: number },
): void {
  const { alg, issuedS, expiresS } = token;
  if (alg !== algorithms[keyType]) {
    throw sdkError("LOGIN_ALGORITHM", "The algorithm is not the key's.", { alg, keyType });
  }
  if (token.audience !== audience) {
    throw sdkError("LOGIN_AUDIENCE", "The token is for somebody else.", { found: token.audience });
  }
  if (expiresS - issuedS > maxLoginLifetimeS) {
    throw sdkError("LOGIN_LIFETIME", "The token lives longer than an hour.", { issuedS, expiresS });
  }
  if (issuedS > nowS + skewS) {
    throw sdkError("LOGIN_EARLY", "The token comes from the future.", { issuedS, nowS });
  }
  if (expiresS <= nowS) throw sdkError("LOGIN_EXPIRED", "The token has expired.", { expiresS });
}

/**
 * Takes a token apart and checks it against the device's current key.
 * @throws LOGIN_FORMAT, LOGIN_SIGNATURE, and as {@link checkLoginClaims}
 */
export function verifyLoginToken(
  token: string,
  key: PublicKey,
  expected: { audience: string; nowS: number },
): LoginToken {
  const parsed = parseLoginToken(token);
  checkLoginClaims(parsed, { keyType: key.keyType, ...expected });
  if (!verifyDigest(key, sha256(parsed.signingInput), parsed.signature)) {
    throw sdkError("LOGIN_SIGNATURE", "The token is not signed by this key.");
  }
  return parsed;
}

function readObject(part: string): JsonObject {
  const value = parseJson(decoder.decode(fromBase64Url(part)), { maxDepth: 2 });
  if (!(value instanceof Map)) throw notLogin("object");
  return value;
}

function readSeconds(claims: JsonObject, name: string): number {
  const value = claims.get(name);
  const seconds = isJsonNumber(value) ? Number(value.number) : Number.NaN;
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw notLogin(name);
  return seconds;
}

function notLogin(name: string): Error {
  return sdkError("LOGIN_FORMAT", `The token's ${name} is missing or malformed.`, { name });
}
