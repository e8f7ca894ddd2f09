import type { Clock } from "../internal/clock.ts";
import type { Store } from "../store/open-store.ts";

/** One condition of being ready; `check` answers why it does not hold, or undefined. */
export type ReadinessCheck = {
  readonly name: string;
  check(): Promise<string | undefined> | string | undefined;
};

export type ReadinessResult = {
  readonly name: string;
  readonly ready: boolean;
  readonly reason: string | null;
};

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

/** Whether the store takes writes: it rewrites one row of its own. */
export function storeWritable(store: Store, clock: Clock): ReadinessCheck {
  return {
    name: "store",
    async check() {
      const value = String(clock.nowMs());
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
  return { name: "broker", check: () => (isUp() ? undefined : "the broker is not connected") };
}

function within(milliseconds: number, answer: Promise<string | undefined>) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("no answer in time"), milliseconds);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/** Runs every check; one that fails or hangs is a reason of its own. */
export function runReadiness(
  checks: readonly ReadinessCheck[],
  timeoutMs = 2000,
): Promise<ReadinessResult[]> {
  return Promise.all(
    checks.map(async ({ name, check }) => {
      const answer = Promise.resolve()
        .then(check)
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      const reason = (await within(timeoutMs, answer)) ?? null;
      return { name, ready: reason === null, reason };
    }),
  );
}
