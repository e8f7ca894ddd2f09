import {
  checkLoginClaims,
  type DeviceId,
  FieldsealError,
  type PublicKey,
  parseLoginToken,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import type { DeviceDirectory } from "../chain/types.ts";
import { isSessionToken, type SessionTokens } from "./session-tokens.ts";
import type { DeviceLogin, Login } from "./types.ts";

export type AuthenticatorOptions = {
  readonly devices: DeviceDirectory;
  /** `aud` of devices' tokens: `${hex(domain)}/${authority}`. */
  readonly audience: string;
  readonly sessions: SessionTokens;
  /** Whether the chain was followed lately: who is let in by an old state may have lost the right since. */
  isFresh(): boolean;
  /** Seconds since 1970. */
  nowS(): number;
};

/** The one place that turns a secret into who somebody is, for brokers and HTTP alike. It asks memory only. */
export type Authenticator = {
  /**
   * @param secret A device's login token, or the token of an account that signed in
   * @throws LOGIN_FORMAT, LOGIN_ALGORITHM, LOGIN_AUDIENCE, LOGIN_LIFETIME, LOGIN_EARLY, LOGIN_EXPIRED, LOGIN_SIGNATURE,
   * DEVICE_UNKNOWN, DEVICE_SUSPENDED, DEVICE_RETIRED, SESSION_INVALID, SESSION_EXPIRED, AUTHORITY_STALE
   */
  authenticate(secret: string): Promise<Login>;
  /** Why a login granted before no longer stands; undefined while it does. */
  objection(login: Login): string | undefined;
};

const refusal = (code: string, message: string) => new FieldsealError(code, message);

/** A device's token counts as of the judged block, and of the newest: a change at either ends it. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { devices, audience, sessions, isFresh, nowS } = options;

  const activeKey = (device: DeviceId): { key: PublicKey; keyIndex: number } => {
    const known = devices.lookup(device);
    if (known === undefined) throw refusal("DEVICE_UNKNOWN", "The device is not enrolled.");
    const newest = devices.newest?.(device);
    for (const status of [known.status, newest?.status]) {
      if (status === "suspended") throw refusal("DEVICE_SUSPENDED", "It is suspended.");
      if (status === "retired") throw refusal("DEVICE_RETIRED", "It is retired.");
    }
    const keyIndex = known.currentKeyIndex;
    const found = known.key(keyIndex);
    if (found === undefined) throw refusal("KEY_UNKNOWN", "Its current key is not known.");
    if (newest !== undefined && newest.keyIndex !== keyIndex) {
      throw refusal("LOGIN_SIGNATURE", "Its key was rotated, in a block that is not final yet.");
    }
    return { key: found.key, keyIndex };
  };

  const objection = (login: Login): string | undefined => {
    if (login.expiresS <= nowS()) {
      return login.kind === "device" ? "LOGIN_EXPIRED" : "SESSION_EXPIRED";
    }
    if (login.kind === "account") return undefined;
    try {
      const { keyIndex } = activeKey(login.who);
      return keyIndex === login.keyIndex ? undefined : "LOGIN_SIGNATURE";
    } catch (error) {
      if (error instanceof FieldsealError) return error.code;
      throw error;
    }
  };

  const deviceLogin = async (secret: string): Promise<DeviceLogin> => {
    const token = parseLoginToken(secret);
    const { device, expiresS, signingInput, signature } = token;
    const { key, keyIndex } = activeKey(device);
    checkLoginClaims(token, { keyType: key.keyType, audience, nowS: nowS() });
    if (!(await verifySignature(key, signingInput, signature))) {
      throw refusal("LOGIN_SIGNATURE", "The token is not signed by the device's current key.");
    }
    const login: DeviceLogin = { kind: "device", who: device, keyIndex, expiresS };
    const changed = objection(login);
    if (changed !== undefined) throw refusal(changed, "The device changed meanwhile.");
    return login;
  };

  return {
    async authenticate(secret) {
      if (!isFresh()) throw refusal("AUTHORITY_STALE", "The chain was not followed lately.");
      if (!isSessionToken(secret)) return deviceLogin(secret);
      return { kind: "account", ...sessions.open(secret) };
    },
    objection,
  };
}
