import type { DeviceId, PublicKey } from "@fieldseal/sdk";

/** "0x" and lowercase hex digits. */
export type Hex = `0x${string}`;

/** What a store is bound to: one log on one chain. */
export type ChainIdentity = {
  readonly chainId: bigint;
  readonly genesisHash: Hex;
  /** DeviceRegistry, lowercase. */
  readonly registry: Hex;
  /** AccessGrants of the registry, lowercase. */
  readonly grants: Hex;
  /** ReadingLog, lowercase. */
  readonly log: Hex;
  readonly logId: bigint;
};

/** A block as judgements name it; `timeS` in seconds since 1970. */
export type BlockRef = { readonly number: number; readonly hash: Hex; readonly timeS: number };

/** The log as of the newest block. */
export type LogState = {
  readonly owner: Hex;
  readonly restricted: boolean;
  readonly epoch: number;
  readonly threshold: number;
  /** Size of the committee. */
  readonly members: number;
  readonly nextIndex: bigint;
  /** Seconds since 1970. */
  readonly lastSealedAt: bigint;
  /** How long messages of a rotated key are still taken, in block time. */
  readonly graceSeconds: number;
};

/** What the committee signs; IReadingLog.Candidate. */
export type Candidate = {
  readonly index: bigint;
  /** Commitment of checkpoint `index - 1`, zeros for the first. */
  readonly previous: Hex;
  readonly epoch: number;
  readonly root: Hex;
  readonly size: bigint;
  readonly judgedBlock: bigint;
};

/** A checkpoint as the chain sealed it. */
export type SealedCheckpoint = {
  readonly index: bigint;
  readonly root: Hex;
  readonly size: bigint;
  /** Seconds since 1970. */
  readonly sealedAt: bigint;
  readonly epoch: number;
  readonly signers: number;
  readonly judgedBlock: bigint;
  readonly transaction: Hex;
  readonly block: number;
  /** Whether its block is finalized: it can no longer vanish. */
  readonly final: boolean;
};

/** How far the transaction of a checkpoint got; `none` if it was never submitted. */
export type Submission =
  | { readonly state: "none" | "waiting" | "sent" | "mined" | "final" }
  /** The dry run or the chain refused it; `reason` is the contract's error where it can be decoded. */
  | { readonly state: "refused"; readonly reason: string };

/** The log that this oracle seals. Every call may throw CHAIN_UNREACHABLE. */
export type ChainLog = {
  readonly identity: ChainIdentity;
  state(): Promise<LogState>;
  /** Commitment of a sealed checkpoint, zeros if it is not sealed. */
  commitmentOf(index: bigint): Promise<Hex>;
  /** Position of an operator in the committee of `epoch`, undefined if it is no member. */
  positionOf(operator: Hex, epoch: number): Promise<number | undefined>;
  /**
   * The sealed checkpoint, whoever's transaction sealed it.
   * @param fromBlock Where to look from: the candidate's judged block, since sealing comes after it
   */
  sealed(index: bigint, fromBlock: number): Promise<SealedCheckpoint | undefined>;
  /**
   * Hands a signed candidate to the transaction writer; durable when it returns, and idempotent. After a refusal
   * another candidate may be submitted for the index.
   * @param signatures 65-byte r ‖ s ‖ v or 64-byte ERC-2098 signatures of operators, any order
   * @throws SUBMISSION_OPEN while another candidate's transaction for the index is under way
   */
  submit(candidate: Candidate, signatures: readonly Uint8Array[]): Promise<void>;
  submission(index: bigint): Promise<Submission>;
};

/** A device's key as messages are judged by it. */
export type DirectoryKey = {
  readonly key: PublicKey;
  /** Last second of block time at which its messages are taken, grace included; undefined while it is current. */
  readonly untilTimeS?: number;
  readonly compromised: boolean;
};

export type DeviceStatus = "active" | "suspended" | "retired";

/** A device as of the judged block. */
export type DirectoryDevice = {
  readonly device: DeviceId;
  readonly owner: Hex;
  readonly status: DeviceStatus;
  /** The log in force at the judged block's time, 0 for none. */
  readonly home: bigint;
  readonly currentKeyIndex: number;
  readonly ownerEpoch: number;
  key(keyIndex: number): DirectoryKey | undefined;
};

/** Whose a device is and how it stands: what rights hang on. */
export type Standing = {
  readonly owner: Hex;
  readonly ownerEpoch: number;
  readonly status: DeviceStatus;
  readonly keyIndex: number;
};

/** The registry as of one finalized block, in memory. */
export type DeviceDirectory = {
  lookup(device: DeviceId): DirectoryDevice | undefined;
  /** How a device stands at the newest block, if it was touched since the finalized one; else undefined. */
  newest(device: DeviceId): Standing | undefined;
  /** The finalized block that `lookup` answers for. */
  judgedBlock(): { readonly number: number; readonly timeS: number };
};
