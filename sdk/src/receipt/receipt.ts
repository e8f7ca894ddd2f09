/** The message that a receipt is about. */
export type ReceiptIdentity = {
  readonly keyIndex: number;
  readonly sequence: bigint;
  readonly messageRoot: Uint8Array;
};

/** An operator's signed promise: stored durably, sealed before the deadline. Times in seconds. */
export type StoredReceipt = ReceiptIdentity & {
  readonly t: "stored";
  readonly logId: bigint;
  readonly epoch: number;
  /** Root over the checkpoint leaves of one group commit, sorted. */
  readonly root: Uint8Array;
  readonly storedAt: bigint;
  readonly deadline: bigint;
  /** The message's place among those leaves. */
  readonly index: bigint;
  readonly size: bigint;
  readonly path: readonly Uint8Array[];
  /** r ‖ s ‖ v, 65 bytes, over EIP-712 `Stored`. */
  readonly signature: Uint8Array;
  readonly operator: `0x${string}`;
};

/** The message is in a checkpoint that the chain has finalized. */
export type SealedReceipt = ReceiptIdentity & {
  readonly t: "sealed";
  readonly logId: bigint;
  /** The checkpoint's index in its log. */
  readonly checkpoint: bigint;
  readonly root: Uint8Array;
  readonly size: bigint;
  /** Time of the sealing block, seconds. */
  readonly sealedAt: bigint;
  /** The message's place in the checkpoint. */
  readonly index: bigint;
  /** Hash of the sealing transaction. */
  readonly transaction: `0x${string}`;
};

/** The message was refused; without an identity when it could not be read that far. */
export type RefusedReceipt = {
  readonly t: "refused";
  readonly code: string;
  readonly message: string;
  readonly keyIndex?: number;
  readonly sequence?: bigint;
};

/** What arrives on a device's receipt topic. */
export type Receipt = StoredReceipt | SealedReceipt | RefusedReceipt;
