import { insertRows } from "./insert-rows.ts";
import { subtreesFrom } from "./read-subtree.ts";
import type { Database } from "./schema.ts";

const columns = {
  message_id: "bigint",
  leaf: "bytea",
  accepted_block: "bigint",
  valid_until_block: "bigint",
} as const;

/**
 * Takes back a checkpoint whose index another one has for good: its messages wait again, to be judged at the block at
 * which they were judged for it. In a transaction that seals.
 */
export async function withdrawCheckpoint(
  db: Database,
  index: number,
  judgedBlock: number,
): Promise<void> {
  for await (const leaves of subtreesFrom(db, index)) {
    const rows = leaves
      .map(({ messageId, leaf }) => [messageId, leaf, judgedBlock, judgedBlock] as const)
      .sort((a, b) => a[0] - b[0]);
    await insertRows(db, "unsealed", columns, rows);
  }
  await db.deleteFrom("places").where("checkpoint_index", "=", index).execute();
  await db.deleteFrom("subtrees").where("checkpoint_index", "=", index).execute();
  await db.deleteFrom("checkpoint_trees").where("checkpoint_index", "=", index).execute();
  await db.deleteFrom("checkpoints").where("idx", "=", index).execute();
}
