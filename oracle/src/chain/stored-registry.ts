import type { Store } from "../store/open-store.ts";
import { snapshotOf } from "../store/snapshot-of.ts";
import { readDevices } from "./directory.ts";
import type { GrantUpdates } from "./grant-book.ts";
import { readGrants } from "./stored-grants.ts";
import type { BlockRef, DirectoryDevice } from "./types.ts";

/** What the store holds of registry and grants, as of one followed block. */
export type StoredRegistry = {
  readonly followed: BlockRef;
  readonly devices: readonly DirectoryDevice[];
  readonly grants: GrantUpdates;
};

/**
 * Reads what was written with followed blocks after `after`, all of one moment.
 * @param after -1 to read everything
 * @returns undefined if the store follows no block after it
 */
export function readRegistry(
  store: Store,
  graceSeconds: number,
  after: number,
): Promise<StoredRegistry | undefined> {
  return snapshotOf(store, async (db) => {
    const row = await db
      .selectFrom("followed")
      .selectAll()
      .where("number", ">", after)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const devices = await readDevices(db, graceSeconds, { writtenAfter: after });
    const grants = await readGrants(db, after);
    return { followed: { number: row.number, hash: row.hash, timeS: row.time_s }, devices, grants };
  });
}
