import { defaultTopicPrefix, hex } from "@fieldseal/sdk";
import { type Access, createAccess } from "../../oracle/src/access/create-access.ts";
import { createBrokerAuthority } from "../../oracle/src/broker/authority.ts";
import { createTopicRights } from "../../oracle/src/broker/topic-rights.ts";
import type { BrokerAuthority } from "../../oracle/src/broker/types.ts";
import { GrantBook } from "../../oracle/src/chain/grant-book.ts";
import { jsonRpc } from "../../oracle/src/chain/json-rpc.ts";
import type { DeviceDirectory } from "../../oracle/src/chain/types.ts";
import type { Clock } from "../../oracle/src/internal/clock.ts";
import { benchDomain, benchIdentity } from "./bench-oracle.ts";

const authorityName = "bench";

/** Audience of logins in these measurements. */
export const benchAudience = `${hex(benchDomain)}/${authorityName}`;

/** Access over a directory and grants in memory: a call to a chain would fail. */
function benchAccess(devices: DeviceDirectory, clock: Clock, grants = new GrantBook()): Access {
  return createAccess({
    clock,
    devices,
    finalGrants: () => grants,
    newestGrants: () => grants,
    newestTimeS: () => 0,
    audience: benchAudience,
    auditors: new Set(),
    isRestricted: () => false,
    isFresh: () => true,
    chainId: benchIdentity.chainId,
    rpc: jsonRpc("http://127.0.0.1:1"),
    siteDomain: () => "",
  });
}

export function benchAuthority(
  devices: DeviceDirectory,
  clock: Clock,
  grants = new GrantBook(),
): BrokerAuthority {
  const { authenticator, rights } = benchAccess(devices, clock, grants);
  const topics = createTopicRights(devices, rights, defaultTopicPrefix);
  return createBrokerAuthority({ authenticator, topics });
}
