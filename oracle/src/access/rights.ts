import { allowedBy, type DeviceId } from "@fieldseal/sdk";
import type { KnownGrants } from "../chain/grant-book.ts";
import type { DeviceDirectory, Hex, Standing } from "../chain/types.ts";
import type { AccessRights, Right } from "./types.ts";

export type RightsOptions = {
  readonly devices: DeviceDirectory;
  /** Grants as of the judged block. */
  finalGrants(): KnownGrants;
  /** Grants as of the newest block. */
  newestGrants(): KnownGrants;
  /** Seconds since 1970. */
  nowS(): number;
};

const everybody: Hex = "0x0000000000000000000000000000000000000000";

/**
 * Rights from the registry and the grants: what is final gives, and what is newest may only take away. So nobody gets
 * in by a block that vanishes, and nobody stays in after a revocation that is not final yet.
 */
export function createRights(options: RightsOptions): AccessRights {
  const { devices, finalGrants, newestGrants, nowS } = options;

  const standingOf = (device: DeviceId): Standing | undefined => {
    const known = devices.lookup(device);
    return known && { ...known, keyIndex: known.currentKeyIndex };
  };

  const grantorsOf = (device: DeviceId, owner: Hex, who: Hex): Set<Hex> => {
    const grants = finalGrants();
    const grantors = new Set<Hex>([owner]);
    for (const subject of [device, owner]) {
      for (const grantee of [who, everybody]) {
        for (const grantor of grants.grantorsOf(subject, grantee)) grantors.add(grantor);
      }
    }
    return grantors;
  };

  return {
    holds(device, who, permissions) {
      const final = standingOf(device);
      if (final === undefined) return undefined;
      const newest = devices.newest(device) ?? final;
      const grants = finalGrants();
      const isSettled = newest === final && newestGrants() === grants;
      const now = nowS();
      let longest: Right | undefined;
      for (const grantor of grantorsOf(device, final.owner, who)) {
        const question = { device, grantor, who, permissions, nowS: now };
        const given = allowedBy(final, grants, question);
        if (!given.allowed) continue;
        const kept = isSettled ? given : allowedBy(newest, newestGrants(), question);
        if (!kept.allowed) continue;
        const untilS = Math.min(given.untilS, kept.untilS);
        if (longest === undefined || untilS > longest.untilS) longest = { grantor, untilS };
      }
      return longest;
    },
  };
}
