export type BackOff = {
  /** Delay after the first failure, milliseconds. */
  readonly firstMs: number;
  /** Longest delay, milliseconds. */
  readonly maxMs: number;
};

/**
 * How long to wait after the n-th failure in a row: doubling, capped, and varied by up to a fifth so
 * that a fleet cut off together does not come back together.
 * @param random one random byte
 */
export function backOffMs({ firstMs, maxMs }: BackOff, failures: number, random: number): number {
  const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return Math.round(delayMs * (0.8 + (0.4 * random) / 255));
}
