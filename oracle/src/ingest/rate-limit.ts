type Bucket = { tokens: number; atMs: number; movedMs: number };

export type RateLimit = {
  /** Takes one token. @returns false if the client has none left */
  take(client: string, elapsedMs: number): boolean;
  /** Takes tokens after the fact; the balance may go below zero by one burst. */
  charge(client: string, tokens: number): void;
  /** Whether it was charged more than it had: it did not just send much, what it sent was refused. */
  isInDebt(client: string): boolean;
};

/** Buckets kept; the one unused for longest goes first. */
const maxBuckets = 100_000;
/** How exact that is: to move a bucket to the end costs more than to take from it. */
const movedEveryMs = 1000;

/** A token bucket per client: `rate` tokens a second, at most `burst`. */
export function rateLimit(rate: number, burst: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(client, elapsedMs) {
      const known = buckets.get(client);
      const bucket = known ?? { tokens: burst, atMs: elapsedMs, movedMs: elapsedMs };
      const passedMs = elapsedMs - bucket.atMs;
      bucket.tokens = Math.min(burst, bucket.tokens + (passedMs * rate) / 1000);
      bucket.atMs = elapsedMs;
      if (known === undefined || elapsedMs - bucket.movedMs >= movedEveryMs) {
        buckets.delete(client);
        buckets.set(client, bucket);
        bucket.movedMs = elapsedMs;
      }
      const oldest = buckets.size > maxBuckets ? buckets.keys().next().value : undefined;
      if (oldest !== undefined) buckets.delete(oldest);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
    isInDebt: (client) => (buckets.get(client)?.tokens ?? 0) < 0,
    charge(client, tokens) {
      const bucket = buckets.get(client);
      if (bucket !== undefined) bucket.tokens = Math.max(-burst, bucket.tokens - tokens);
    },
  };
}
