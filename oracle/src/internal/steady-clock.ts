import type { Clock } from "./clock.ts";

export type SteadyClockOptions = {
  readonly clock: Clock;
  /** Time of the newest block known, milliseconds since 1970; 0 while none is. */
  readonly chainTimeMs: () => number;
  /** After so long the operator meant it, whatever the blocks say, milliseconds. */
  readonly followAfterMs: number;
  /** Told once of each jump: how far it went, in milliseconds, and whether it is followed. */
  readonly onJump: (jumpMs: number, followed: boolean) => void;
};

/** More than clocks are slewed by, less than anything here depends on. */
const toleranceMs = 5000;

/**
 * A wall clock that does not follow every jump. Small corrections it follows; a large one only if the chain's newest
 * block is nearer to the new time than to the old one: so a clock that is set wrong ends no login and promises nothing
 * in the past, and one that is set right, or a machine that slept, is followed as soon as a block says so, or in time.
 */
export function steadyClock(options: SteadyClockOptions): Clock {
  const { clock, chainTimeMs, followAfterMs, onJump } = options;
  let offsetMs = clock.nowMs() - clock.elapsedMs();
  /** Since when the machine's clock is elsewhere, in elapsed time. */
  let awaySinceMs: number | undefined;
  return {
    elapsedMs: () => clock.elapsedMs(),
    nowMs() {
      const wallMs = clock.nowMs();
      const elapsedMs = clock.elapsedMs();
      const steadyMs = Math.round(elapsedMs + offsetMs);
      const jumpMs = wallMs - steadyMs;
      if (Math.abs(jumpMs) <= toleranceMs) {
        offsetMs += jumpMs;
        awaySinceMs = undefined;
        return wallMs;
      }
      const blockMs = chainTimeMs();
      const agrees = blockMs > 0 && Math.abs(wallMs - blockMs) < Math.abs(steadyMs - blockMs);
      const follows = agrees || elapsedMs - (awaySinceMs ?? elapsedMs) >= followAfterMs;
      if (follows || awaySinceMs === undefined) onJump(jumpMs, follows);
      if (!follows) {
        awaySinceMs ??= elapsedMs;
        return steadyMs;
      }
      awaySinceMs = undefined;
      offsetMs += jumpMs;
      return wallMs;
    },
  };
}
