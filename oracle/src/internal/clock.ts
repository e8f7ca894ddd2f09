/**
 * Where time comes from; injected so that tests move it by hand. What is written down or compared with others' times
 * is wall time, and wall clocks are set back and forth; how long something takes is elapsed time.
 */
export type Clock = {
  /** Wall time, milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds since some moment of this process; never goes back. */
  elapsedMs(): number;
};

/** The machine's clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
};
