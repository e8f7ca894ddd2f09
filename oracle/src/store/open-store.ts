import { mkdirSync } from "node:fs";
import type { Kysely, Transaction } from "kysely";
import type { Logger } from "pino";
import { openPostgres } from "./postgres-store.ts";
import type { Schema } from "./schema.ts";
import { openSqlite } from "./sqlite-store.ts";

/**
 * What a transaction must not run beside, where writers are many:
 * - `judging`: stores what was judged at the followed block, which stands until the transaction ends
 * - `following`: moves the followed block
 * - `sealing`: builds a checkpoint; one at a time, at a followed block that stands
 */
export type WriteLock = "judging" | "following" | "sealing";

/** The one place of everything that must outlive the process. */
export type Store = {
  readonly engine: "sqlite" | "postgres";
  /** Data folder or database, as people are told of it: without a password. */
  readonly place: string;
  /** Writes of one statement. What it commits is on disk when the promise settles. */
  readonly db: Kysely<Schema>;
  /** Reads beside the writers: sees what is committed. */
  readonly read: Kysely<Schema>;
  /**
   * Runs `work` in a transaction, durable when the promise settles. On SQLite other writes wait for its end; on
   * PostgreSQL it runs again when another writer came first, so it must do nothing but write through `db`.
   */
  write<T>(work: (db: Transaction<Schema>) => Promise<T>, lock?: WriteLock): Promise<T>;
  /** Waits for writes under way, then gives the store free. */
  close(): Promise<void>;
};

export type OpenStoreOptions = {
  /** Data folder; made if it is not there. */
  readonly path: string;
  /** PostgreSQL instead of the folder: `postgres://user:password@host/database?schema=name`. */
  readonly url?: string | undefined;
  readonly log: Logger;
};

/**
 * Opens a store: SQLite in the data folder, or PostgreSQL by URL. Every commit is synced to disk.
 * @throws DATA_IN_USE if another process has the folder open
 * @throws DATA_SCHEMA if a newer release wrote it
 * @throws DATABASE_URL, DATABASE_UNREACHABLE, DATABASE_UNSAFE
 */
export async function openStore({ path, url, log }: OpenStoreOptions): Promise<Store> {
  mkdirSync(path, { recursive: true });
  const store = url === undefined ? await openSqlite(path) : await openPostgres(url, log);
  log.debug({ store: store.place, engine: store.engine }, "store open");
  return store;
}
