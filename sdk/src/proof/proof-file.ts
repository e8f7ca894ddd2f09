import type { DeviceId, KeyType, ReadingKind } from "../types.ts";

/** 0x-prefixed hex. */
export type Hex = `0x${string}`;

/** A sealed checkpoint; integers that can pass 2^53 are decimal strings. */
export type ProofCheckpoint = {
  readonly index: string;
  readonly root: Hex;
  readonly size: string;
  /** Seconds. */
  readonly sealedAt: string;
  readonly epoch: number;
  /** Bitmap of the members that signed. */
  readonly signers: Hex;
};

/** A message, its place in the checkpoint, and its device's word. */
export type ProofMessage = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly sequence: string;
  readonly root: Hex;
  readonly index: string;
  readonly path: readonly Hex[];
  readonly keyType: KeyType;
  /** x ‖ y, 64 bytes. */
  readonly key: Hex;
  /** r ‖ s, 64 bytes. */
  readonly signature: Hex;
};

/** A reading and its place in the message. */
export type ProofReading = {
  readonly kind: ReadingKind;
  readonly record: number;
  /** Milliseconds since 1970, 0 without a clock. */
  readonly time: string;
  /** Name, then `/unit` if there is one. */
  readonly metric: string;
  /** Times 10^18; digests as a signed 256-bit integer. */
  readonly value: string;
  readonly salt: Hex;
  /** Number of records in the message. */
  readonly records: number;
  readonly path: readonly Hex[];
  /** The text behind a digest of kind 2, where it is disclosed. */
  readonly text?: string;
  /** The data behind a digest of kind 3, where it is disclosed. */
  readonly data?: Hex;
};

/** A message's proof: what is sealed of a message, without any of its readings. */
export type MessageProof = {
  readonly format: "fieldseal-proof/1";
  readonly chainId: number;
  readonly log: Hex;
  readonly logId: string;
  readonly checkpoint: ProofCheckpoint;
  readonly message: ProofMessage;
};

/** A reading's proof, as docs/protocol.md writes it. */
export type ProofFile = MessageProof & { readonly reading: ProofReading };
