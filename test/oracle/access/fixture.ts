import { type Access, createAccess } from "../../../oracle/src/access/create-access.ts";
import { createBrokerAuthority } from "../../../oracle/src/broker/authority.ts";
import { createTopicRights } from "../../../oracle/src/broker/topic-rights.ts";
import type { BrokerAuthority } from "../../../oracle/src/broker/types.ts";
import { GrantBook } from "../../../oracle/src/chain/grant-book.ts";
import { jsonRpc, type Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import type { DeviceDirectory } from "../../../oracle/src/chain/types.ts";
import type { Clock } from "../../../oracle/src/internal/clock.ts";

export const siteDomain = "sensors.example:8420";

export type TestAccessOptions = {
  readonly devices: DeviceDirectory;
  readonly clock: Clock;
  readonly audience: string;
  readonly restricted?: boolean;
  readonly auditors?: readonly string[];
  readonly rpc?: Rpc;
  /** `siteDomain` if left out. */
  readonly site?: () => string;
};

/** Access over grants in memory, that a test writes as the follower would. */
export function testAccess(options: TestAccessOptions) {
  const { devices, clock, audience, restricted = false, auditors = [] } = options;
  const final = new GrantBook();
  const state = { newest: new GrantBook(final), newestTimeS: 0, fresh: true };
  const access: Access = createAccess({
    clock,
    devices,
    finalGrants: () => final,
    newestGrants: () => state.newest,
    newestTimeS: () => state.newestTimeS,
    audience,
    auditors: new Set(auditors),
    isRestricted: () => restricted,
    isFresh: () => state.fresh,
    chainId: 31337n,
    rpc: options.rpc ?? jsonRpc("http://127.0.0.1:1"),
    siteDomain: options.site ?? (() => siteDomain),
  });
  return { ...access, final, state };
}

/** The authority of an embedded broker over a directory, for tests that are about the broker. */
export function testAuthority(options: TestAccessOptions): BrokerAuthority {
  const { authenticator, rights } = testAccess(options);
  const topics = createTopicRights(options.devices, rights, "fieldseal/1");
  return createBrokerAuthority({ authenticator, topics });
}
