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
 * block, with the time since it was first seen, is nearer to the new time than to the old one: so a clock that is set wrong ends no login and promises nothing
 * in the past, and one that is set right, or a machine that slept, is followed as soon as a block says so, or in time.
 */
export function steadyClock(options: SteadyClockOptions): Clock {
  const { clock, chainTimeMs, followAfterMs, onJump } = options;
  let offsetMs = clock.nowMs() - clock.elapsedMs();
  /** How far off the machine's clock was set, and since when it is there, in elapsed time. */
  let away: { readonly jumpMs: number; readonly sinceMs: number } | undefined;
  /** The newest block, and when it was seen first: time goes on when a chain stands still. */
  let block = { timeMs: 0, seenMs: 0 };
  return {
    elapsedMs: () => clock.elapsedMs(),
    nowMs() {
      const wallMs = clock.nowMs();
      const elapsedMs = clock.elapsedMs();
      const steadyMs = Math.round(elapsedMs + offsetMs);
      const jumpMs = wallMs - steadyMs;
      const timeMs = chainTimeMs();
      if (timeMs !== block.timeMs) block = { timeMs, seenMs: elapsedMs };
      if (Math.abs(jumpMs) <= toleranceMs) {
        offsetMs += jumpMs;
        away = undefined;
        return wallMs;
      }
      const chainMs = block.timeMs + elapsedMs - block.seenMs;
      const agrees = block.timeMs > 0 && Math.abs(wallMs - chainMs) < Math.abs(steadyMs - chainMs);
      const isNews = away === undefined || Math.abs(jumpMs - away.jumpMs) > toleranceMs;
      if (away === undefined || isNews) away = { jumpMs, sinceMs: elapsedMs };
      const follows = agrees || elapsedMs - away.sinceMs >= followAfterMs;
      if (follows || isNews) onJump(jumpMs, follows);
      if (!follows) return steadyMs;
      away = undefined;
      offsetMs += jumpMs;
      return wallMs;
    },
  };
}
