import type { Hex } from "../chain/types.ts";
import type { Batch } from "./accept-batch.ts";
import { leafOfRow } from "./blobs.ts";
import type { Store } from "./open-store.ts";

/** A group commit with the leaves that its signature covers, sorted. */
export type StoredBatch = Batch & { readonly leaves: readonly Uint8Array[] };

/** Reads a group commit back, to acknowledge one of its messages again. */
export async function batchById(store: Store, id: number): Promise<StoredBatch | undefined> {
  const row = await store.read
    .selectFrom("batches")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const rows = await store.read
    .selectFrom("messages")
    .select(["device", "key_index", "sequence", "root"])
    .where("batch_id", "=", id)
    .execute();
  return {
    logId: BigInt(row.log_id),
    epoch: row.epoch,
    root: row.root,
    storedAtS: row.stored_at_s,
    deadlineS: row.deadline_s,
    operator: row.operator satisfies Hex,
    signature: row.signature,
    leaves: rows.map(leafOfRow).sort(Buffer.compare),
  };
}
