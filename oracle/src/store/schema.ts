import type { Generated, Kysely, Transaction } from "kysely";
import type { DeviceStatus, Hex } from "../chain/types.ts";

/**
 * Every table of a store, alike on both engines. What is sorted or sealed (ids, sequences, roots) is a big-endian blob, so that bytes
 * compare as numbers do and a uint64 survives; what only the chain client reads is text; block numbers and times are
 * integers; unsigned 64- and 256-bit values that are only compared for equality are decimal text.
 */
export type Schema = {
  meta: MetaTable;
  messages: MessagesTable;
  message_bodies: MessageBodiesTable;
  unsealed: UnsealedTable;
  places: PlacesTable;
  subtrees: SubtreesTable;
  batches: BatchesTable;
  conflicts: ConflictsTable;
  quarantine: QuarantineTable;
  checkpoints: CheckpointsTable;
  checkpoint_trees: CheckpointTreesTable;
  devices: DevicesTable;
  device_keys: DeviceKeysTable;
  grants: GrantsTable;
  grant_revisions: GrantRevisionsTable;
  emergencies: EmergenciesTable;
  followed: FollowedTable;
  intents: IntentsTable;
  attempts: AttemptsTable;
  leaders: LeadersTable;
};

/** Kysely over the schema, inside a transaction or not. */
export type Database = Kysely<Schema> | Transaction<Schema>;

type MetaTable = { key: string; value: string };

/** One row per accepted message, written once and kept for ever: what it takes to recognise and to prove it. */
type MessagesTable = {
  /** Given by `insertBatch`; ascending, with gaps, and on PostgreSQL not always committed in their order. */
  id: number;
  /** 20 bytes. */
  device: Uint8Array;
  key_index: number;
  /** 8 bytes big-endian. */
  sequence: Uint8Array;
  /** Message root, 32 bytes. */
  root: Uint8Array;
  batch_id: number;
  received_at_ms: number;
  /** Times of its oldest and newest reading; the time of arrival if no reading has one. */
  first_time_ms: number;
  last_time_ms: number;
  /** Both null only where an older release had dropped them with the body. */
  key_type: number | null;
  /** 64 bytes r ‖ s, low-s. */
  signature: Uint8Array | null;
};

/** What a message said, as received. May go once its checkpoint is final: see `removeBodies`. */
type MessageBodiesTable = { message_id: number; raw: Uint8Array };

/** What waits for a checkpoint. A row comes with its message and goes when that gets its place. */
type UnsealedTable = {
  message_id: number;
  /** 64 bytes: device ‖ key index ‖ sequence ‖ root. */
  leaf: Uint8Array;
  /** Finalized block at which the message was judged. */
  accepted_block: number;
  /** Last block at which it may be sealed; set when a later change of its device ends that. */
  valid_until_block: number | null;
};

/** Where a message is sealed. Written once. */
type PlacesTable = { message_id: number; checkpoint_index: number; leaf_index: number };

/** The leaves of a checkpoint in their order, `subtreeSize` a row. Written once. */
type SubtreesTable = {
  checkpoint_index: number;
  /** Of the subtree, from 0. */
  number: number;
  /** Ids of the messages, 8 bytes big-endian each. */
  message_ids: Uint8Array;
  /** 64 bytes each. */
  leaves: Uint8Array;
};

/** One row per durable group commit: what the operator signed as `Stored`. */
type BatchesTable = {
  id: Generated<number>;
  log_id: string;
  epoch: number;
  root: Uint8Array;
  size: number;
  stored_at_s: number;
  deadline_s: number;
  operator: Hex;
  /** 65 bytes r ‖ s ‖ v. */
  signature: Uint8Array;
};

/** Another content for an identity that is taken: evidence of a cloned or broken device. */
type ConflictsTable = {
  id: Generated<number>;
  device: Uint8Array;
  key_index: number;
  sequence: Uint8Array;
  root: Uint8Array;
  raw: Uint8Array;
  received_at_ms: number;
};

type QuarantineTable = {
  id: Generated<number>;
  code: string;
  message: string;
  raw: Uint8Array;
  source: "mqtt" | "http";
  client: string;
  device: Uint8Array | null;
  received_at_ms: number;
};

/** built: assigned and signed · submitted: with the transaction writer · sealed: in a block · final: in a finalized block. */
export type CheckpointState = "built" | "submitted" | "sealed" | "final";

export type CheckpointsTable = {
  idx: number;
  root: Uint8Array;
  size: number;
  /** Commitment of the checkpoint before, 32 bytes; zeros for the first. */
  previous: Uint8Array;
  epoch: number;
  judged_block: number;
  state: CheckpointState;
  built_at_ms: number;
  /** This operator's signature of the candidate, 65 bytes. */
  signature: Uint8Array;
  sealed_at_s: number | null;
  signers: number | null;
  /** Epoch of the committee that sealed it is `epoch`; transaction and block as the chain reports them. */
  tx_hash: Hex | null;
  block_number: number | null;
  /** Whether its sealed receipts went out. */
  receipts_sent: number;
};

/** Roots of the aligned subtrees of 256 leaves, so that a proof costs one subtree, not the whole tree. */
type CheckpointTreesTable = { checkpoint_index: number; subtree_roots: Uint8Array };

/** The registry as of the followed block. */
export type DevicesTable = {
  device: Uint8Array;
  owner: Hex;
  status: DeviceStatus;
  /** Log ids, uint64 decimal, "0" for none. */
  home: string;
  pending_home: string | null;
  pending_home_at_s: number | null;
  key_index: number;
  owner_epoch: number;
  enrolled_block: number;
  changed_block: number;
  changed_at_s: number;
  /** Followed block with which the row was last written. */
  written_block: Generated<number>;
};

export type DeviceKeysTable = {
  device: Uint8Array;
  key_index: number;
  key_type: number;
  /** 64 bytes x ‖ y. */
  point: Uint8Array;
  from_block: number;
  /** Block and block time of the rotation that ended it. */
  until_block: number | null;
  until_time_s: number | null;
  compromised: number;
};

/** AccessGrants as of the followed block; addresses in lowercase, times in seconds since 1970. */
type GrantsTable = {
  subject: Hex;
  grantor: Hex;
  grantee: Hex;
  /** Bits, below 2^40. */
  permissions: number;
  from_s: number;
  until_s: number;
  revision: number;
  owner_epoch: number;
  generation: number;
  parent_generation: number;
  of_fleet: number;
  /** Followed block with which the row was last written. */
  written_block: Generated<number>;
};

type GrantRevisionsTable = {
  subject: Hex;
  grantor: Hex;
  revision: number;
  /** Followed block with which the row was last written. */
  written_block: Generated<number>;
};

type EmergenciesTable = {
  device: Hex;
  responder: Hex;
  grantor: Hex;
  until_s: number;
  owner_epoch: number;
  generation: number;
  of_fleet: number;
  /** Followed block with which the row was last written. */
  written_block: Generated<number>;
};

type FollowedTable = { number: number; hash: Hex; time_s: number };

/** What this service wants on chain; one open intent per purpose. */
export type IntentsTable = {
  id: Generated<number>;
  /** As `append:<log id>:<index>`. */
  purpose: string;
  sender: Hex;
  to_address: Hex;
  data: Uint8Array;
  value_wei: string;
  gas_limit: number | null;
  nonce: number | null;
  state: "new" | "pending" | "mined" | "final" | "failed";
  error: string | null;
  /** The attempt that was mined. */
  tx_hash: Hex | null;
  block_number: number | null;
  block_hash: Hex | null;
  created_at_ms: number;
  updated_at_ms: number;
};

/** A signed transaction, written before it is sent. */
export type AttemptsTable = {
  id: Generated<number>;
  intent_id: number;
  hash: Hex;
  raw: Uint8Array;
  nonce: number;
  max_fee_wei: string;
  priority_fee_wei: string;
  created_at_ms: number;
  /** Last broadcast. */
  sent_at_ms: number | null;
};

/** One row: who leads the processes that share the store. */
type LeadersTable = {
  id: number;
  /** Raised at each election; a write of the leader's is void under another term. */
  term: number;
  /** Name of the process. */
  holder: string;
  elected_at_ms: number;
};
