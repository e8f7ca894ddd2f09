/** Lets so many events pass at once, then one in each interval. */
export type RateLimit = {
  readonly burst: number;
  readonly everyMs: number;
};

/** Takes from a bucket; false when it is empty. @param nowMs Of any clock that goes forward */
export function rateLimiter({ burst, everyMs }: RateLimit): (nowMs: number) => boolean {
  let left = burst;
  let filledMs: number | undefined;
  return (nowMs) => {
    filledMs ??= nowMs;
    const gained = Math.max(0, Math.floor((nowMs - filledMs) / everyMs));
    // A clock set back begins a new interval.
    if (gained > 0 || nowMs < filledMs) filledMs = nowMs;
    left = Math.min(burst, left + gained);
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
