/** How transactions are priced and watched. */
export type WriterPolicy = {
  /** Most that is ever offered for a unit of gas. */
  readonly feeCapWei: bigint;
  /** Least tip. */
  readonly tipFloorWei: bigint;
  /** How long an attempt may wait before it is replaced by a dearer one. */
  readonly bumpAfterMs: number;
  /** Attempts for one nonce, the first included. */
  readonly maxAttempts: number;
  /** Added to the estimated gas. */
  readonly gasMarginPercent: bigint;
  /** Delay to the next look while a transaction is under way. */
  readonly pollMs: number;
  /** Delay to the next look while none is. */
  readonly idleMs: number;
};

const gwei = 1_000_000_000n;

export const publicChainPolicy: WriterPolicy = {
  feeCapWei: 200n * gwei,
  tipFloorWei: 1_000_000n,
  bumpAfterMs: 60_000,
  maxAttempts: 12,
  gasMarginPercent: 20n,
  pollMs: 3_000,
  idleMs: 1_000,
};

/** For development nodes, which mine at once. */
export const localChainPolicy: WriterPolicy = {
  ...publicChainPolicy,
  bumpAfterMs: 15_000,
  pollMs: 100,
  idleMs: 200,
};
