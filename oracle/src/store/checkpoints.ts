import { sql } from "kysely";
import type { Hex } from "../chain/types.ts";
import type { Store } from "./open-store.ts";
import type { CheckpointState, CheckpointsTable } from "./schema.ts";

/** What the chain says of a sealed checkpoint. */
type Sealing = {
  /** Time of the sealing block, seconds. */
  readonly sealedAtS: number;
  /** Bit i: member i of the epoch's committee signed. */
  readonly signers: number;
  readonly transaction: Hex;
  readonly block: number;
};

/** A checkpoint of this log as it was built here. */
export type StoredCheckpoint = {
  readonly index: number;
  readonly root: Uint8Array;
  /** Number of messages. */
  readonly size: number;
  /** Commitment of the checkpoint before, as signed. */
  readonly previous: Uint8Array;
  readonly epoch: number;
  readonly judgedBlock: number;
  readonly state: CheckpointState;
  readonly builtAtMs: number;
  readonly signature: Uint8Array;
  /** Undefined until the chain has it. */
  readonly sealing: Sealing | undefined;
  readonly receiptsSent: boolean;
};

export async function checkpointByIndex(
  store: Store,
  index: number,
): Promise<StoredCheckpoint | undefined> {
  const row = await store.read
    .selectFrom("checkpoints")
    .selectAll()
    .where("idx", "=", index)
    .executeTakeFirst();
  return row === undefined ? undefined : checkpointOfRow(row);
}

/** Checkpoints, newest first. @param before Index of the last one of the page before */
export async function listCheckpoints(
  store: Store,
  { limit = 100, before }: { limit?: number; before?: number } = {},
): Promise<StoredCheckpoint[]> {
  const rows = await store.read
    .selectFrom("checkpoints")
    .selectAll()
    .$if(before !== undefined, (query) => query.where("idx", "<", before ?? 0))
    .orderBy("idx", "desc")
    .limit(limit)
    .execute();
  return rows.map(checkpointOfRow);
}

/** Checkpoints that are not final or whose receipts did not go out, oldest first. */
export async function openCheckpoints(store: Store): Promise<StoredCheckpoint[]> {
  const rows = await store.db
    .selectFrom("checkpoints")
    .selectAll()
    .where("receipts_sent", "=", sql.lit(0))
    .orderBy("idx")
    .execute();
  return rows.map(checkpointOfRow);
}

/** The checkpoint with the highest index. */
export async function newestCheckpoint(store: Store): Promise<StoredCheckpoint | undefined> {
  const row = await store.db
    .selectFrom("checkpoints")
    .selectAll()
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : checkpointOfRow(row);
}

/** What may change about a checkpoint once it is built; its messages never do. */
export type CheckpointChange = {
  readonly state?: CheckpointState;
  readonly previous?: Uint8Array;
  readonly epoch?: number;
  readonly signature?: Uint8Array;
  /** `undefined` takes it back: its block vanished. */
  readonly sealing?: Sealing | undefined;
  readonly receiptsSent?: true;
};

export async function updateCheckpoint(
  store: Store,
  index: number,
  change: CheckpointChange,
): Promise<void> {
  const { state, previous, epoch, signature, sealing, receiptsSent } = change;
  const values = {
    ...(state === undefined ? {} : { state }),
    ...(previous === undefined ? {} : { previous }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(signature === undefined ? {} : { signature }),
    ...(receiptsSent === undefined ? {} : { receipts_sent: 1 }),
    ...("sealing" in change
      ? {
          sealed_at_s: sealing?.sealedAtS ?? null,
          signers: sealing?.signers ?? null,
          tx_hash: sealing?.transaction ?? null,
          block_number: sealing?.block ?? null,
        }
      : {}),
  };
  await store.write((db) =>
    db.updateTable("checkpoints").set(values).where("idx", "=", index).execute(),
  );
}

function checkpointOfRow(row: CheckpointsTable): StoredCheckpoint {
  const { sealed_at_s, signers, tx_hash, block_number } = row;
  const unsealed =
    sealed_at_s === null || signers === null || tx_hash === null || block_number === null;
  return {
    index: row.idx,
    root: row.root,
    size: row.size,
    previous: row.previous,
    epoch: row.epoch,
    judgedBlock: row.judged_block,
    state: row.state,
    builtAtMs: row.built_at_ms,
    signature: row.signature,
    sealing: unsealed
      ? undefined
      : { sealedAtS: sealed_at_s, signers, transaction: tx_hash, block: block_number },
    receiptsSent: row.receipts_sent === 1,
  };
}
