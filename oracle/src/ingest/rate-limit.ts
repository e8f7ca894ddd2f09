type Bucket = { tokens: number; atMs: number };

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

/** A token bucket per client: `rate` tokens a second, at most `burst`. */
export function rateLimit(rate: number, burst: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(client, elapsedMs) {
      const bucket = buckets.get(client) ?? { tokens: burst, atMs: elapsedMs };
      const passedMs = elapsedMs - bucket.atMs;
      bucket.tokens = Math.min(burst, bucket.tokens + (passedMs * rate) / 1000);
      bucket.atMs = elapsedMs;
      buckets.delete(client);
      buckets.set(client, bucket);
      const oldest = buckets.keys().next();
      if (buckets.size > maxBuckets && !oldest.done) buckets.delete(oldest.value);
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
