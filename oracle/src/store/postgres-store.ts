import { createHash } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import type { Logger } from "pino";
import { type DatabaseUrl, readDatabaseUrl } from "./database-url.ts";
import { migrate } from "./migrate.ts";
import type { Store, WriteLock } from "./open-store.ts";
import type { Schema } from "./schema.ts";
import { isTransient } from "./store-failure.ts";

/** Connections of one process: writers, and readers beside them. */
const connections = { writers: 4, readers: 4 };

/** How often a transaction is run when other writers come first. */
const maxAttempts = 20;

/**
 * Opens a store on PostgreSQL, which any number of processes may work on.
 * @throws DATABASE_URL, DATABASE_UNREACHABLE, DATABASE_UNSAFE, DATA_SCHEMA
 */
export async function openPostgres(text: string, log: Logger): Promise<Store> {
  const url = readDatabaseUrl(text);
  const db = kyselyOver(url, connections.writers, log);
  const read = kyselyOver(readOnly(url), connections.readers, log);
  const close = async () => {
    await Promise.all([db.destroy(), read.destroy()]);
  };
  try {
    await greet(db, url);
    await migrate(db, "postgres", url.schema);
  } catch (error) {
    await close();
    throw error;
  }
  const locks = lockNumbers(url.schema);
  return {
    engine: "postgres",
    place: url.place,
    db,
    read,
    write: (work, lock) => transact(db, locks, work, lock),
    close,
  };
}

function kyselyOver(url: DatabaseUrl, max: number, log: Logger): Kysely<Schema> {
  const pool = new pg.Pool({
    connectionString: url.connection,
    max,
    application_name: "fieldseal",
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    keepAlive: true,
    types: { getTypeParser },
  });
  const broke = (error: Error) => log.warn({ err: error }, "a database connection broke");
  // One that breaks while nobody uses it is replaced by the next use; one in use fails what uses it, and must not take
  // the process with it besides.
  pool.on("error", broke);
  pool.on("connect", (client) => client.on("error", broke));
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}

/** The same for connections that must not write. */
function readOnly(url: DatabaseUrl): DatabaseUrl {
  const connection = new URL(url.connection);
  const options = connection.searchParams.get("options") ?? "";
  connection.searchParams.set("options", `${options} -c default_transaction_read_only=on`);
  return { ...url, connection: connection.href };
}

/** Integers as numbers, as SQLite gives them: none here is over 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid, format) =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format);

/** Makes sure that the server is there, and that what it commits is on its disk. */
async function greet(db: Kysely<Schema>, { place }: DatabaseUrl): Promise<void> {
  const answer = await sql<{ fsync: string; synced: string }>`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synced`
    .execute(db)
    .catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `${place} does not answer: ${reason}`;
      throw new FieldsealError("DATABASE_UNREACHABLE", message, {}, { cause });
    });
  const [settings] = answer.rows;
  if (settings?.fsync !== "on" || settings.synced !== "on") {
    throw new FieldsealError(
      "DATABASE_UNSAFE",
      `${place} runs with fsync ${settings?.fsync} and synchronous_commit ${settings?.synced}.`,
    );
  }
}

type LockNumbers = { readonly followed: string; readonly seal: string };

/** Advisory locks of one schema. A collision of two schemas costs a wait, nothing else. */
function lockNumbers(schema: string): LockNumbers {
  const number = (name: string) => {
    const digest = createHash("sha256").update(`fieldseal ${schema} ${name}`).digest();
    return digest.readBigInt64BE().toString();
  };
  return { followed: number("followed"), seal: number("seal") };
}

/**
 * Advisory locks, not row locks: a server queues them in order, so that a follower is not kept out for ever by
 * commits of ingest that overlap, and they write nothing.
 */
async function take(db: Transaction<Schema>, locks: LockNumbers, lock: WriteLock): Promise<void> {
  if (lock === "sealing")
    await sql`select pg_advisory_xact_lock(${locks.seal}::bigint)`.execute(db);
  if (lock === "following") {
    await sql`select pg_advisory_xact_lock(${locks.followed}::bigint)`.execute(db);
  } else {
    await sql`select pg_advisory_xact_lock_shared(${locks.followed}::bigint)`.execute(db);
  }
}

/** Runs a transaction, again when it met another one. */
async function transact<T>(
  db: Kysely<Schema>,
  locks: LockNumbers,
  work: (db: Transaction<Schema>) => Promise<T>,
  lock: WriteLock | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      // Each statement sees what was committed before it: what is read after a lock is what the lock holds still.
      return await db
        .transaction()
        .setIsolationLevel("read committed")
        .execute(async (transaction) => {
          if (lock !== undefined) await take(transaction, locks, lock);
          return work(transaction);
        });
    } catch (error) {
      if (attempt === maxAttempts || !isTransient(error)) throw error;
    }
  }
}
