import { checkpointByIndex } from "./checkpoints.ts";
import type { Store } from "./open-store.ts";
import { readSubtree } from "./read-subtree.ts";
import type { Database } from "./schema.ts";

const key = "bodies_removed";

/** Everything before subtree `subtree` of checkpoint `checkpoint` was looked at. */
type Cursor = { readonly checkpoint: number; readonly subtree: number };

async function readCursor(db: Database): Promise<Cursor> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  const [checkpoint = 0, subtree = 0] = row?.value.split("/").map(Number) ?? [];
  return { checkpoint, subtree };
}

async function writeCursor(db: Database, { checkpoint, subtree }: Cursor): Promise<void> {
  const value = `${checkpoint}/${subtree}`;
  await db
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

/** The first checkpoint whose bodies are all there. */
export async function firstWithBodies(db: Database): Promise<number> {
  const { checkpoint, subtree } = await readCursor(db);
  return subtree === 0 ? checkpoint : checkpoint + 1;
}

/** Subtrees whose bodies go in one transaction. */
const slice = 4;

/**
 * Removes the bodies of the next messages that were sealed before `sealedBeforeS` and whose checkpoint is final and
 * told of; at most a thousand. Identities, roots, signatures, leaves and paths stay.
 * @returns whether there may be more
 */
export async function removeBodies(store: Store, sealedBeforeS: number): Promise<boolean> {
  const cursor = await readCursor(store.db);
  const checkpoint = await checkpointByIndex(store, cursor.checkpoint);
  const sealedAtS = checkpoint?.sealing?.sealedAtS ?? Number.POSITIVE_INFINITY;
  if (checkpoint?.state !== "final" || !checkpoint.receiptsSent) return false;
  if (sealedAtS >= sealedBeforeS) return false;
  const ids: number[] = [];
  let { subtree } = cursor;
  let ended = false;
  for (; subtree < cursor.subtree + slice && !ended; subtree++) {
    const leaves = await readSubtree(store.read, cursor.checkpoint, subtree);
    ids.push(...leaves.map(({ messageId }) => messageId));
    ended = leaves.length === 0;
  }
  await store.write(async (db) => {
    if (ids.length > 0)
      await db.deleteFrom("message_bodies").where("message_id", "in", ids).execute();
    const next = ended ? { checkpoint: cursor.checkpoint + 1, subtree: 0 } : { ...cursor, subtree };
    await writeCursor(db, next);
  });
  return true;
}
