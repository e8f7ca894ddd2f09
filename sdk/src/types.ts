/** 1 secp256k1, 2 P-256. */
export type KeyType = 1 | 2;

/** A public key as it travels: type and 64 bytes x ‖ y. */
export type PublicKey = { readonly keyType: KeyType; readonly point: Uint8Array };

/** A device id: "0x" and 40 lowercase hex digits. */
export type DeviceId = `0x${string}`;

/** Signs with a device key. Signatures are 64 bytes r ‖ s, low-s. Hardware keys implement this port. */
export type Signer = {
  readonly publicKey: PublicKey;
  /** Hashes `bytes` with `hash` and signs the digest. P-256 signers take sha256 only. */
  sign(bytes: Uint8Array, hash: "sha256" | "keccak256"): Promise<Uint8Array>;
};

/** 0 number, 1 boolean, 2 SHA-256 of a text, 3 SHA-256 of data. */
export type ReadingKind = 0 | 1 | 2 | 3;

/** One resolved SenML record, as its leaf holds it, before salting. */
export type ReadingRecord = {
  readonly kind: ReadingKind;
  /** Index in the message, 0 … 63. */
  readonly record: number;
  /** Milliseconds since 1970; 0 if the device has no clock. */
  readonly timeMs: bigint;
  /** Name, then `/unit` if there is one; ASCII, at most 31 bytes. */
  readonly metric: string;
  /** Numbers and booleans times 10^18; digests as an unsigned 256-bit integer reinterpreted as int256. */
  readonly value: bigint;
  /** The text or data behind a digest, where the body holds it. */
  readonly text?: string;
  readonly data?: Uint8Array;
};

/** What a message carries beside its signed facts. */
export type MessageBody =
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  | { readonly kind: "encrypted"; readonly bytes: Uint8Array }
  | { readonly kind: "json"; readonly text: string };

/** The facts a device signs: identity (device, key index, sequence) and content (root). */
export type SignedFacts = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly sequence: bigint;
  /** Root of the tree over the readings' leaves, 32 bytes. */
  readonly root: Uint8Array;
};

/** A message taken apart, not yet judged. `keyType` is what its header claims; JSON messages claim none. */
export type DeviceMessage = SignedFacts & {
  readonly keyType: KeyType | undefined;
  readonly signature: Uint8Array;
  readonly body: MessageBody;
};
