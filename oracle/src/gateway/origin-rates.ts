import { rateLimit } from "../ingest/rate-limit.ts";

/** Each origin's share of messages. */
export type OriginRates = {
  /** @returns false if the origin has used up its share */
  take(origin: string, elapsedMs: number): boolean;
  /** The source's broker kept messages for so long, which now come at once. */
  away(awayMs: number, elapsedMs: number): void;
};

/** How long what was kept may take to come. */
const catchUpMs = 3_600_000;
const longestAwayMs = 30 * 86_400_000;

/**
 * `rate` messages a second in the mean, at most `burst` at once; and for the time that the gateway was away as many
 * as were the origin's share of it, since what waited is not what floods.
 */
export function originRates(rate: number, burst: number): OriginRates {
  const buckets = rateLimit(rate, burst);
  const used = new Map<string, number>();
  let credit = 0;
  let endsMs = 0;
  return {
    take(origin, elapsedMs) {
      if (buckets.take(origin, elapsedMs)) return true;
      if (elapsedMs >= endsMs) {
        credit = 0;
        used.clear();
      }
      const before = used.get(origin) ?? 0;
      if (before + 1 > credit) return false;
      used.set(origin, before + 1);
      return true;
    },
    away(awayMs, elapsedMs) {
      if (!(awayMs > 0)) return;
      if (elapsedMs >= endsMs) {
        credit = 0;
        used.clear();
      }
      credit += (rate * Math.min(awayMs, longestAwayMs)) / 1000;
      endsMs = elapsedMs + catchUpMs;
    },
  };
}
