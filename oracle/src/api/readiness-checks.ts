import { statfs } from "node:fs/promises";
import type { Clock } from "../internal/clock.ts";
import type { Store } from "../store/open-store.ts";
import type { ReadinessCheck } from "./readiness.ts";

/**
 * Whether the chain was followed lately.
 * @param followedAtMs When the follower last finished a step, in elapsed time; undefined before the first
 */
export function chainFollowed(
  followedAtMs: () => number | undefined,
  clock: Clock,
  maxAgeMs: number,
): ReadinessCheck {
  return {
    name: "chain",
    code: "CHAIN_STALE",
    severity: "failing",
    check() {
      const atMs = followedAtMs();
      if (atMs === undefined) return "the chain has not been followed yet";
      const ageMs = clock.elapsedMs() - atMs;
      return ageMs > maxAgeMs
        ? `the chain was last followed ${Math.round(ageMs / 1000)} s ago`
        : undefined;
    },
  };
}

/** More than a disk that is full keeps in reserve for a row. */
const probeBytes = 16 * 1024;

/** Whether the store takes writes: it rewrites a row of its own, durably, as a message would be written. */
export function storeWritable(store: Store, clock: Clock): ReadinessCheck {
  return {
    name: "store",
    code: "STORE_FAILED",
    severity: "failing",
    async check() {
      const value = String(clock.nowMs()).padEnd(probeBytes);
      await store.db
        .insertInto("meta")
        .values({ key: "probe", value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute();
      return undefined;
    },
  };
}

/** Whether messages arrive by MQTT. */
export function brokerUp(isUp: () => boolean): ReadinessCheck {
  return {
    name: "broker",
    code: "BROKER_DOWN",
    severity: "failing",
    check: () => (isUp() ? undefined : "the broker is not connected"),
  };
}

/**
 * Whether what is stored comes on chain in good time.
 * @param oldestAtMs Since when the oldest message, or the oldest checkpoint that is not final, waits
 */
export function sealedInTime(
  oldestAtMs: () => Promise<number | undefined>,
  clock: Clock,
  maxAgeMs: number,
): ReadinessCheck {
  return {
    name: "sealing",
    code: "SEALING_OVERDUE",
    severity: "degraded",
    async check() {
      const atMs = await oldestAtMs();
      const ageMs = atMs === undefined ? 0 : clock.nowMs() - atMs;
      return ageMs > maxAgeMs
        ? `the oldest message has waited ${Math.round(ageMs / 1000)} s for its checkpoint`
        : undefined;
    },
  };
}

/** Whether the disk has room left. @param folder A folder on it */
export function diskRoom(
  folder: string,
  minFreeBytes: number,
  free: { set(bytes: number): void },
): ReadinessCheck {
  return {
    name: "disk",
    code: "DISK_LOW",
    severity: "warning",
    async check() {
      const { bavail, bsize } = await statfs(folder);
      const bytes = bavail * bsize;
      free.set(bytes);
      return bytes < minFreeBytes
        ? `${Math.floor(bytes / 2 ** 20)} MiB are free where the data folder is`
        : undefined;
    },
  };
}

/** Whether this process would lead if the others were gone. @param trouble Why not; undefined if it would */
export function takesPart(trouble: () => Promise<string | undefined>): ReadinessCheck {
  return { name: "election", code: "ELECTION_OUT", severity: "warning", check: trouble };
}

/** Whether the account that pays can go on paying. @param reason Why it cannot for long; undefined if it can */
export function operatorFunded(reason: () => string | undefined): ReadinessCheck {
  return { name: "balance", code: "BALANCE_LOW", severity: "warning", check: reason };
}
