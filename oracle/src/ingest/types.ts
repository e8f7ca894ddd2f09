import type { DeviceId, SignedFacts } from "@fieldseal/sdk";

/** A message as it arrived. */
export type Inbound = {
  readonly bytes: Uint8Array;
  readonly source: "mqtt" | "http";
  /** The device whose topic it came under, where it came under one. */
  readonly topicDevice?: DeviceId;
  /** Whether the broker replayed it to a new subscriber. */
  readonly retained?: boolean;
  /** Who is held to a rate: the broker's client, or an HTTP caller. */
  readonly client: string;
  /**
   * Whether whoever carried it holds it, and the next one back, until it is settled, as MQTT's PUBACK does. Then it
   * waits where others are told to come again.
   */
  readonly isPatient?: boolean;
};

/** What became of a message. `receipt` is what its device is told, encoded. */
export type Outcome =
  /** On disk; the operator answers for its being sealed. */
  | { readonly kind: "stored"; readonly facts: SignedFacts; readonly receipt: Uint8Array }
  /** Was on disk already: acknowledged again, with the receipt that its commit's signature covers. */
  | { readonly kind: "duplicate"; readonly facts: SignedFacts; readonly receipt: Uint8Array }
  | Refusal;

type Refusal = {
  readonly kind: "refused";
  /** Stable; docs/errors.md says what to do. */
  readonly code: string;
  readonly message: string;
  /** What the message claims, where that could be read. */
  readonly facts?: SignedFacts;
};

/** Settings of {@link createIngest}. */
export type IngestLimits = {
  /** Messages a second from one client in the mean, and at once. */
  readonly clientRate: number;
  readonly clientBurst: number;
  /** What a refused message costs its client, in messages. */
  readonly refusalCost: number;
  /** Messages that may wait, of one client and of all. */
  readonly queuePerClient: number;
  readonly queueTotal: number;
  /**
   * Bytes of messages beyond their clients' rates that may wait, of one client and of all; only of carriers that hold
   * them until they are settled.
   */
  readonly lateBytesPerClient: number;
  readonly lateBytesTotal: number;
  /** Messages under way at once: decoded, being checked, waiting for their commit. */
  readonly inFlight: number;
  /** Messages in one group commit. */
  readonly maxBatch: number;
  /** How long a commit waits for messages that are still being checked. */
  readonly gatherMs: number;
  /** How far a reading's time may be ahead of the clock. */
  readonly skewMs: number;
  /** From storing to sealing, as receipts promise. */
  readonly receiptSeconds: number;
  /** What the quarantine holds before the oldest go. */
  readonly quarantineRows: number;
  readonly quarantineBytes: number;
  /** Refused messages a second kept of one client, and at once; the others are counted only. */
  readonly quarantineRate: number;
  readonly quarantineBurst: number;
};

export const defaultIngestLimits: IngestLimits = {
  clientRate: 200,
  clientBurst: 2000,
  refusalCost: 10,
  queuePerClient: 2000,
  queueTotal: 10_000,
  lateBytesPerClient: 64 * 1024 * 1024,
  lateBytesTotal: 96 * 1024 * 1024,
  inFlight: 1024,
  maxBatch: 1024,
  gatherMs: 20,
  skewMs: 600_000,
  receiptSeconds: 86_400,
  quarantineRows: 10_000,
  quarantineBytes: 64 * 1024 * 1024,
  quarantineRate: 10,
  quarantineBurst: 100,
};
