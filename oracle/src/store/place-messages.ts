import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
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

/** Which messages may be sealed as judged at a block: all that a checkpoint takes, from the oldest on. */
const sealable = (block: number) =>
  sql<boolean>`(accepted_block <= ${block} and (valid_until_block is null or valid_until_block >= ${block}))`;

/** Ids and joined leaves of some rows of the queue; a value for each row would take three times as long. */
type Joined = { readonly ids: number[]; readonly leaves: Buffer };

async function nextOfQueue(
  db: Database,
  after: number,
  block: number,
  limit: number,
): Promise<Joined> {
  const rows = sql`(select message_id, leaf from unsealed
    where message_id > ${after} and ${sealable(block)} order by message_id limit ${limit}) as part`;
  if (isPostgres(db)) {
    const answer = await sql<{ ids: number[] | null; leaves: Buffer | null }>`
      select array_agg(message_id::float8 order by message_id) as ids,
        string_agg(leaf, '' order by message_id) as leaves from ${rows}`.execute(db);
    const [part] = answer.rows;
    return { ids: part?.ids ?? [], leaves: part?.leaves ?? Buffer.alloc(0) };
  }
  const answer = await sql<{ ids: string | null; leaves: string | null }>`
    select group_concat(message_id) as ids, group_concat(hex(leaf), '') as leaves from ${rows}`.execute(
    db,
  );
  const [part] = answer.rows;
  const ids = part?.ids ? part.ids.split(",").map(Number) : [];
  return { ids, leaves: Buffer.from(part?.leaves ?? "", "hex") };
}

/** The oldest `limit` messages that may be sealed as judged at `block`, in the order of their leaves. */
export async function leavesToSeal(
  db: Database,
  block: number,
  limit: number,
): Promise<UnsealedLeaf[]> {
  const found: (UnsealedLeaf & { readonly key: string })[] = [];
  for (let last = 0; found.length < limit; ) {
    const size = Math.min(slice, limit - found.length);
    const { ids, leaves } = await nextOfQueue(db, last, block, size);
    for (const [at, id] of ids.entries()) {
      const leaf = leaves.subarray(64 * at, 64 * at + 64);
      // Device, key index and sequence are unique; strings of bytes compare faster than bytes.
      found.push({ id, leaf, key: leaf.toString("latin1", 0, 32) });
    }
    if (ids.length < size) break;
    last = ids.at(-1) ?? last;
    await nextTurn();
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
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
 * @param leaves As `leavesToSeal` gave them for `block`, in the same transaction
 * @throws if one has a place already
 */
export async function placeMessages(
  db: Database,
  checkpointIndex: number,
  block: number,
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
    await takeOut(
      db,
      block,
      part.map(([id]) => id),
    );
    await nextTurn();
  }
}

/** Takes rows out of the queue: all that may be sealed between the first id and the last. */
async function takeOut(db: Database, block: number, ids: readonly number[]): Promise<void> {
  const taken = isPostgres(db)
    ? sql`delete from unsealed where message_id = any(${ids}::bigint[])`
    : sql`delete from unsealed
        where message_id between ${ids[0]} and ${ids.at(-1)} and ${sealable(block)}`;
  const { numAffectedRows = 0n } = await taken.execute(db);
  if (numAffectedRows !== BigInt(ids.length)) {
    throw new Error(`${ids.length} messages have places, ${numAffectedRows} were waiting`);
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
    const ids = Buffer.alloc(8 * part.length);
    for (const [at, { id }] of part.entries()) ids.writeUIntBE(id, 8 * at + 2, 6);
    const joined = Buffer.concat(part.map(({ leaf }) => leaf));
    rows.push([checkpointIndex, from / subtreeSize, ids, joined]);
    if (rows.length % 32 === 0) {
      await insertRows(db, "subtrees", subtreeColumns, rows.splice(0));
      await nextTurn();
    }
  }
  await insertRows(db, "subtrees", subtreeColumns, rows);
}
