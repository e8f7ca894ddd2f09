import type { Clock } from "../internal/clock.ts";

export type FreshnessOptions = {
  readonly clock: Clock;
  /** When the chain was last seen, in elapsed time. */
  seenAtMs(): number;
  /** Time of the newest block, seconds since 1970. */
  newestTimeS(): number;
  /** How long the chain may be out of sight, milliseconds. */
  readonly maxSilenceMs: number;
  /** How old the newest block may be, milliseconds; 0 for a chain that may stand still. */
  readonly maxBlockAgeMs: number;
};

/**
 * Whether what is known of the chain is new enough to let somebody in by it. A client that answers and no longer
 * follows its chain knows nothing of what was revoked since, so the newest block counts too.
 */
export function createFreshness(options: FreshnessOptions): () => boolean {
  const { clock, seenAtMs, newestTimeS, maxSilenceMs, maxBlockAgeMs } = options;
  return () => {
    const blockAgeMs = clock.nowMs() - newestTimeS() * 1000;
    const standsStill = maxBlockAgeMs !== 0 && blockAgeMs > maxBlockAgeMs;
    return !standsStill && clock.elapsedMs() - seenAtMs() <= maxSilenceMs;
  };
}
