import { setImmediate as nextTurn } from "node:timers/promises";
import type Sqlite from "better-sqlite3";
import { leafOfRow } from "./blobs.ts";

/** A message that waits for its place: row id and checkpoint leaf. */
export type UnsealedLeaf = { readonly id: number; readonly leaf: Buffer };

/** Rows handled in one turn of the event loop. */
const slice = 2000;

/**
 * The block at which the next checkpoint is judged: the followed one, or the last at which every waiting message was
 * still acceptable. Inside `Store.bulk`.
 * @returns undefined while no block is followed
 */
export function nextJudgedBlock(sqlite: Sqlite.Database): number | undefined {
  const followed = sqlite.prepare<[], number | null>("select max(number) from followed").pluck();
  const ending = sqlite
    .prepare<[], number | null>(
      `select min(valid_until_block) from messages
       where checkpoint_index is null and valid_until_block is not null`,
    )
    .pluck();
  const newest = followed.get() ?? undefined;
  return newest === undefined ? undefined : Math.min(newest, ending.get() ?? newest);
}

/** The oldest `limit` messages that may be sealed as judged at `block`, in the order of their leaves. Inside `Store.bulk`. */
export async function leavesToSeal(
  sqlite: Sqlite.Database,
  block: number,
  limit: number,
): Promise<UnsealedLeaf[]> {
  const page = sqlite.prepare<
    [number, number, number, number],
    [number, Uint8Array, number, Uint8Array, Uint8Array]
  >(
    `select id, device, key_index, sequence, root from messages
     where checkpoint_index is null and leaf_index is null and id > ?
       and accepted_block <= ? and (valid_until_block is null or valid_until_block >= ?)
     order by id limit ?`,
  );
  page.raw();
  const leaves: (UnsealedLeaf & { readonly key: string })[] = [];
  for (let last = 0; leaves.length < limit; ) {
    const rows = page.all(last, block, block, Math.min(slice, limit - leaves.length));
    for (const [id, device, key_index, sequence, root] of rows) {
      const leaf = leafOfRow({ device, key_index, sequence, root });
      // Device, key index and sequence are unique; strings of bytes compare faster than bytes.
      leaves.push({ id, leaf, key: leaf.toString("latin1", 0, 32) });
      last = id;
    }
    if (rows.length < slice) break;
    await nextTurn();
  }
  return leaves.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Gives messages their places in a checkpoint, in the order of their leaves. Inside `Store.bulk`. */
export async function placeMessages(
  sqlite: Sqlite.Database,
  checkpointIndex: number,
  leaves: readonly UnsealedLeaf[],
): Promise<void> {
  const place = sqlite.prepare<[number, number, number]>(
    "update messages set checkpoint_index = ?, leaf_index = ? where id = ? and checkpoint_index is null",
  );
  // In the order of the rows: the pages of the table are then visited once each.
  const rows = leaves.map(({ id }, leafIndex) => ({ id, leafIndex })).sort((a, b) => a.id - b.id);
  for (const [done, { id, leafIndex }] of rows.entries()) {
    const { changes } = place.run(checkpointIndex, leafIndex, id);
    if (changes !== 1) throw new Error(`message ${id} has a place already`);
    if (done % slice === slice - 1) await nextTurn();
  }
}
