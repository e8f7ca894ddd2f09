import type { KnownGrants } from "../chain/grant-book.ts";
import type { Rpc } from "../chain/json-rpc.ts";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Clock } from "../internal/clock.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import { type Callers, createCallers } from "./callers.ts";
import { createRights } from "./rights.ts";
import { createSessionTokens } from "./session-tokens.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createSignInNonces } from "./sign-in-nonces.ts";
import type { AccessRights } from "./types.ts";

export type AccessOptions = {
  readonly clock: Clock;
  readonly devices: DeviceDirectory;
  /** Grants as of the judged block, and as of the newest one. */
  finalGrants(): KnownGrants;
  newestGrants(): KnownGrants;
  /** Time of the newest block, seconds since 1970. */
  newestTimeS(): number;
  /** `aud` of devices' tokens: `${hex(domain)}/${authority}`. */
  readonly audience: string;
  /** Accounts that may read everything, lowercase: a restricted log's named auditors. */
  readonly auditors: ReadonlySet<string>;
  isRestricted(): boolean;
  /** Whether the chain was followed lately. */
  isFresh(): boolean;
  readonly chainId: bigint;
  readonly rpc: Rpc;
  /** Host and port under which people reach HTTP, for Sign-In with Ethereum. */
  siteDomain(): string;
};

/** Who may do what: one state for brokers and HTTP. */
export type Access = {
  readonly authenticator: Authenticator;
  readonly rights: AccessRights;
  readonly callers: Callers;
  readonly sessions: Sessions;
};

export function createAccess(options: AccessOptions): Access {
  const { clock, devices, audience, isFresh, rpc, chainId, siteDomain } = options;
  const nowS = () => Math.floor(clock.nowMs() / 1000);
  const tokens = createSessionTokens(nowS);
  const authenticator = createAuthenticator({ devices, audience, sessions: tokens, isFresh, nowS });
  const { finalGrants, newestGrants, newestTimeS, auditors, isRestricted } = options;
  const rights = createRights({
    devices,
    finalGrants,
    newestGrants,
    // Contracts count by block time; a chain that stands still must not keep a grant alive.
    nowS: () => Math.max(nowS(), newestTimeS()),
  });
  const nonces = createSignInNonces(nowS);
  const isDevice = (address: `0x${string}`) => devices.lookup(address) !== undefined;
  return {
    authenticator,
    rights,
    callers: createCallers({ authenticator, rights, auditors, isRestricted }),
    sessions: createSessions({ siteDomain, chainId, nonces, rpc, isDevice, nowS }, tokens),
  };
}
