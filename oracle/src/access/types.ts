import type { DeviceId } from "@fieldseal/sdk";
import type { Hex } from "../chain/types.ts";

/** A device that showed a token of its current key. */
export type DeviceLogin = {
  readonly kind: "device";
  readonly who: DeviceId;
  /** Index of the key that signed the token. */
  readonly keyIndex: number;
  /** When the token, and with it the session, ends; seconds since 1970. */
  readonly expiresS: number;
};

/** A person, or a contract's wallet, that signed in with Ethereum. */
type AccountLogin = {
  readonly kind: "account";
  /** Lowercase. */
  readonly who: Hex;
  readonly expiresS: number;
};

/** A login that was granted. */
export type Login = DeviceLogin | AccountLogin;

/** A right, and by whose word. */
export type Right = {
  readonly grantor: Hex;
  /** First second since 1970 in which it no longer holds. */
  readonly untilS: number;
};

/** Who may do what, from the chain's state alone. */
export type AccessRights = {
  /** Whether `who` holds all of `permissions` on `device` now, by anybody's word; the right that lasts longest. */
  holds(device: DeviceId, who: Hex, permissions: bigint): Right | undefined;
};
