import type { Store } from "./open-store.ts";
import type { Database } from "./schema.ts";

/** Reads the store as of one moment, however many statements it takes. */
export function snapshotOf<T>(
  { engine, read }: Store,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const transaction = read.transaction();
  // SQLite's transactions are snapshots.
  if (engine === "sqlite") return transaction.execute(work);
  return transaction.setIsolationLevel("repeatable read").execute(work);
}
