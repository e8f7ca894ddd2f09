import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";

/** Held while a process works on a data folder. */
export type FolderLock = { release(): void };

/**
 * Takes the data folder for this process: an exclusive transaction on a second database file, held open. The operating
 * system drops it with the process, so kill −9 leaves no stale lock.
 * @throws DATA_IN_USE if another process, or another store of this one, holds it
 */
export function lockFolder(folder: string): FolderLock {
  const database = new Sqlite(join(folder, "lock.db"), { timeout: 0 });
  try {
    database.pragma("locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith("SQLITE_BUSY")) {
      throw new FieldsealError("DATA_IN_USE", `Another process works on ${folder}.`, { folder });
    }
    throw error;
  }
  return { release: () => database.close() };
}
