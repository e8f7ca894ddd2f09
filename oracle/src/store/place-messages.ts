import { setImmediate as nextTurn } from "node:timers/promises";
import { CompiledQuery } from "kysely";
import { followedBlock } from "./followed-block.ts";
import { insertRows, isPostgres } from "./insert-rows.ts";
import type { Database } from "./schema.ts";
import { subtreeSize } from "./subtrees.ts";

/** A message that waits for its place: row id and checkpoint leaf. */
export type UnsealedLeaf = { readonly id: number; readonly leaf: Buffer };

/** Rows handled in one turn of the event loop. */
const slice = 2048;

/**
 * The block at which the next checkpoint is judged: the followed one, or the last at which every waiting message was
 * still acceptable. In a transaction that seals.
 * @returns undefined while no block is followed
 */
export async function nextJudgedBlock(db: Database): Promise<number | undefined> {
  const newest = await followedBlock(db);
  const ending = await db
    .selectFrom("unsealed")
    .select(({ fn }) => fn.min<number | null>("valid_until_block").as("block"))
    .where("valid_until_block", "is not", null)
    .executeTakeFirst();
  return newest === undefined ? undefined : Math.min(newest, ending?.block ?? newest);
}

/** The oldest `limit` messages that may be sealed as judged at `block`, in the order of their leaves. */
export async function leavesToSeal(
  db: Database,
  block: number,
  limit: number,
): Promise<UnsealedLeaf[]> {
  const leaves: (UnsealedLeaf & { readonly key: string })[] = [];
  for (let last = 0; leaves.length < limit; ) {
    const size = Math.min(slice, limit - leaves.length);
    const rows = await db
      .selectFrom("unsealed")
      .select(["message_id as id", "leaf"])
      .where("message_id", ">", last)
      .where("accepted_block", "<=", block)
      .where(({ or, eb }) =>
        or([eb("valid_until_block", "is", null), eb("valid_until_block", ">=", block)]),
      )
      .orderBy("message_id")
      .limit(size)
      .execute();
    for (const { id, leaf } of rows) {
      const bytes = Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength);
      // Device, key index and sequence are unique; strings of bytes compare faster than bytes.
      leaves.push({ id, leaf: bytes, key: bytes.toString("latin1", 0, 32) });
      last = id;
    }
    if (rows.length < size) break;
    await nextTurn();
  }
  return leaves.sort((a, b) => (a.key < b.key ? -1 : 1));
}

const placeColumns = {
  message_id: "bigint",
  checkpoint_index: "bigint",
  leaf_index: "bigint",
} as const;

const subtreeColumns = {
  checkpoint_index: "bigint",
  number: "bigint",
  message_ids: "bytea",
  leaves: "bytea",
} as const;

/**
 * Gives messages their places in a checkpoint, in the order of their leaves, and takes them out of the queue.
 * @throws if one has a place already
 */
export async function placeMessages(
  db: Database,
  checkpointIndex: number,
  leaves: readonly UnsealedLeaf[],
): Promise<void> {
  await insertSubtrees(db, checkpointIndex, leaves);
  // In the order of the ids: each page of the tables is then visited once.
  const rows = leaves
    .map(({ id }, leafIndex) => [id, checkpointIndex, leafIndex] as const)
    .sort((a, b) => a[0] - b[0]);
  for (let from = 0; from < rows.length; from += slice) {
    const part = rows.slice(from, from + slice);
    await insertRows(db, "places", placeColumns, part);
    await takeOut(db, part);
    await nextTurn();
  }
}

async function takeOut(db: Database, placed: readonly (readonly [number, ...unknown[]])[]) {
  const first = placed[0]?.[0] ?? 0;
  const last = placed.at(-1)?.[0] ?? 0;
  const ids = placed.map(([id]) => id);
  const { numAffectedRows = 0n } = await db.executeQuery(
    isPostgres(db)
      ? CompiledQuery.raw("delete from unsealed where message_id = any($1::bigint[])", [ids])
      : CompiledQuery.raw(
          `delete from unsealed where message_id between ? and ?
           and exists (select 1 from places where places.message_id = unsealed.message_id)`,
          [first, last],
        ),
  );
  if (numAffectedRows !== BigInt(placed.length)) {
    throw new Error(`${placed.length} messages have places, ${numAffectedRows} were waiting`);
  }
}

async function insertSubtrees(
  db: Database,
  checkpointIndex: number,
  leaves: readonly UnsealedLeaf[],
): Promise<void> {
  const rows: [number, number, Buffer, Buffer][] = [];
  for (let from = 0; from < leaves.length; from += subtreeSize) {
    const part = leaves.slice(from, from + subtreeSize);
    const ids = Buffer.allocUnsafe(8 * part.length);
    for (const [at, { id }] of part.entries()) ids.writeBigUInt64BE(BigInt(id), 8 * at);
    const joined = Buffer.concat(part.map(({ leaf }) => leaf));
    rows.push([checkpointIndex, from / subtreeSize, ids, joined]);
    if (rows.length % 32 === 0) {
      await insertRows(db, "subtrees", subtreeColumns, rows.splice(0));
      await nextTurn();
    }
  }
  await insertRows(db, "subtrees", subtreeColumns, rows);
}
