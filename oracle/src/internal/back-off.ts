export type BackOff = { readonly firstMs: number; readonly capMs: number };

/**
 * How long to wait after so many failures in a row: doubling from `firstMs` to `capMs`, then somewhere in the upper
 * half of that, so that many who failed together do not come back together.
 * @param random From 0 up to 1
 */
export function backOffMs(failures: number, { firstMs, capMs }: BackOff, random: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const fullMs = Math.min(capMs, firstMs * 2 ** doublings);
  return Math.round(fullMs * (0.5 + random / 2));
}
