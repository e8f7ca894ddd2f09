import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { Logger } from "pino";
import { lockFolder } from "./folder-lock.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";
import { cachedStatements } from "./statement-cache.ts";

/** One data folder, open for this process alone. */
export type Store = {
  readonly path: string;
  /** The one writer. What it commits is on disk when the promise settles. */
  readonly db: Kysely<Schema>;
  /** Reads beside the writer, on its own connection: sees what is committed. */
  readonly read: Kysely<Schema>;
  /**
   * Runs `work` in a transaction of the writer with SQLite's own prepared statements, for what moves thousands of rows.
   * `work` may await between slices to let the event loop breathe; other writes wait for its end.
   */
  bulk<T>(work: (sqlite: Sqlite.Database) => T | Promise<T>): Promise<T>;
  /** Waits for writes under way, then gives the folder free. */
  close(): Promise<void>;
};

export type OpenStoreOptions = {
  /** Data folder; made if it is not there. */
  readonly path: string;
  readonly log: Logger;
};

/**
 * Opens a data folder: SQLite in WAL mode, every commit synced to disk.
 * @throws DATA_IN_USE if another process has it open
 * @throws DATA_SCHEMA if a newer release wrote it
 */
export async function openStore({ path, log }: OpenStoreOptions): Promise<Store> {
  mkdirSync(path, { recursive: true });
  const lock = lockFolder(path);
  const file = join(path, "store.db");
  try {
    const sqlite = new Sqlite(file);
    sqlite.pragma("journal_mode = WAL");
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma("cache_size = -65536");
    sqlite.pragma("journal_size_limit = 67108864");
    sqlite.pragma("wal_autocheckpoint = 16384");
    const db = kyselyOver(sqlite);
    await migrate(db);
    const reader = new Sqlite(file, { readonly: true });
    reader.pragma("cache_size = -32768");
    const read = kyselyOver(reader);
    log.debug({ path }, "store open");
    return {
      path,
      db,
      read,
      bulk: (work) => db.transaction().execute(async () => work(sqlite)),
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
