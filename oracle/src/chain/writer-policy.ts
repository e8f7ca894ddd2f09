/** How transactions are priced and watched. */
export type WriterPolicy = {
  /** Most that is ever offered for a unit of gas. */
  readonly feeCapWei: bigint;
  /** Least tip. */
  readonly tipFloorWei: bigint;
  /** How long an attempt may wait before it is replaced by a dearer one. */
  readonly bumpAfterMs: number;
  /** Attempts for one nonce, the first included, while present fees are no reason for more. */
  readonly maxAttempts: number;
  /** Added to the estimated gas. */
  readonly gasMarginPercent: bigint;
  /** Most gas of one transaction (EIP-7825). */
  readonly gasCap: bigint;
  /** Delay to the next look while a transaction is under way. */
  readonly pollMs: number;
  /** Delay to the next look while none is. */
  readonly idleMs: number;
  /** First wait before something is sent or tried again, and the longest. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Looks in a row that must find a nonce lost before its call is signed anew. */
  readonly lostLooks: number;
  /** Most nonces that are filled below a transaction that waits for them. */
  readonly maxGap: number;
  /** The same trouble is logged once in so long. */
  readonly remindMs: number;
  /** Between two looks at the balance. */
  readonly balanceMs: number;
  /** The balance is low when it pays for fewer checkpoints at present fees. */
  readonly lowBalanceCheckpoints: number;
  /** A checkpoint comes at most so often. */
  readonly secondsPerCheckpoint: number;
};

const gwei = 1_000_000_000n;

export const publicChainPolicy: WriterPolicy = {
  feeCapWei: 200n * gwei,
  tipFloorWei: 1_000_000n,
  bumpAfterMs: 60_000,
  maxAttempts: 12,
  gasMarginPercent: 20n,
  gasCap: 16_777_216n,
  pollMs: 3_000,
  idleMs: 1_000,
  firstRetryMs: 3_000,
  lastRetryMs: 60_000,
  lostLooks: 5,
  maxGap: 64,
  remindMs: 600_000,
  balanceMs: 60_000,
  lowBalanceCheckpoints: 1_000,
  secondsPerCheckpoint: 60,
};

/** For development nodes, which mine at once. */
export const localChainPolicy: WriterPolicy = {
  ...publicChainPolicy,
  bumpAfterMs: 15_000,
  pollMs: 100,
  idleMs: 200,
  firstRetryMs: 200,
  lastRetryMs: 2_000,
};
