import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { lockFolder } from "./folder-lock.ts";
import { migrate } from "./migrate.ts";
import type { Store } from "./open-store.ts";
import type { Schema } from "./schema.ts";
import { cachedStatements } from "./statement-cache.ts";

/** The database in a data folder. */
export const databaseFile = "store.db";

/**
 * Opens a data folder for this process alone: SQLite in WAL mode, every commit synced to disk.
 * @throws DATA_IN_USE, DATA_SCHEMA
 */
export async function openSqlite(path: string): Promise<Store> {
  const lock = lockFolder(path);
  const file = join(path, databaseFile);
  try {
    const sqlite = new Sqlite(file);
    sqlite.pragma("journal_mode = WAL");
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma("cache_size = -16384");
    sqlite.pragma("journal_size_limit = 67108864");
    sqlite.pragma("wal_autocheckpoint = 16384");
    const db = kyselyOver(sqlite);
    await migrate(db, "sqlite");
    const reader = new Sqlite(file, { readonly: true });
    reader.pragma("cache_size = -8192");
    const read = kyselyOver(reader);
    return {
      engine: "sqlite",
      place: path,
      db,
      read,
      // One connection, one transaction at a time: nothing runs beside it that a lock could keep off.
      write: (work) => db.transaction().execute(work),
      close: async () => {
        await db.connection().execute(async () => {});
        await read.destroy();
        await db.destroy();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function kyselyOver(sqlite: Sqlite.Database): Kysely<Schema> {
  return new Kysely({ dialect: new SqliteDialect({ database: cachedStatements(sqlite) }) });
}
