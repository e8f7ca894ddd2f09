import { createHash } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";
import pg from "pg";
import type { Common } from "../internal/common.ts";
import { readDatabaseUrl } from "../store/database-url.ts";
import type { Store } from "../store/open-store.ts";
import { fencedStore } from "./fenced-store.ts";
import type { Election, Leadership } from "./types.ts";

export type PostgresElectionOptions = {
  readonly common: Common;
  readonly store: Store;
  /** The store's database. */
  readonly url: string;
  /** Name of this process: no other one that shares the store has it. */
  readonly worker: string;
  /** Between two steps: a leader must be heard of several times within `silenceMs`. */
  readonly pollMs?: number;
  /** After so long a silence the server ends the leader's session, and with it the leadership. */
  readonly silenceMs?: number;
};

type Locks = { readonly worker: string; readonly leader: string };

/** A session that holds this process's name. */
type Session = { readonly client: pg.Client; leadership: HeldLeadership | undefined };
type HeldLeadership = Leadership & { readonly end: () => void };

function locksOf(schema: string, worker: string): Locks {
  const number = (name: string) =>
    createHash("sha256").update(`fieldseal ${schema} ${name}`).digest().readBigInt64BE().toString();
  return { worker: number(`worker ${worker}`), leader: number("leader") };
}

/**
 * Elects one of the processes that share a PostgreSQL store. The leader holds an advisory lock of a session of its own;
 * the server itself ends a session that is silent, so that a leader which hangs, is paused or is cut off is replaced
 * without anybody's clock. Whether it notices or not, its writes fail from then on: see {@link fencedStore}.
 */
class PostgresElection implements Election {
  readonly worker: string;
  readonly #options: PostgresElectionOptions;
  readonly #pollMs: number;
  readonly #silenceMs: number;
  readonly #locks: Locks;
  readonly #listeners: (() => void)[] = [];
  #session: Session | undefined;
  #trouble: string | undefined = "no session at the database yet";
  #stopped = false;

  constructor(options: PostgresElectionOptions) {
    this.#options = options;
    this.worker = options.worker;
    this.#pollMs = options.pollMs ?? 1000;
    this.#silenceMs = options.silenceMs ?? 5000;
    this.#locks = locksOf(readDatabaseUrl(options.url).schema, options.worker);
  }

  held(): Leadership | undefined {
    return this.#session?.leadership;
  }

  trouble(): string | undefined {
    return this.#trouble;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async step(): Promise<number> {
    if (this.#stopped) return this.#pollMs;
    try {
      this.#session ??= await this.#open();
      const session = this.#session;
      if (this.#stopped) {
        this.#drop(session);
        return this.#pollMs;
      }
      if (session.leadership !== undefined) await session.client.query("select 1");
      else await this.#stand(session);
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
      this.#drop(this.#session);
      throw error;
    }
    return this.#pollMs;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const session = this.#session;
    this.#drop(session);
    await session?.client.end().catch(() => {});
  }

  /** @throws WORKER_NAME_TAKEN, DATABASE_UNREACHABLE */
  async #open(): Promise<Session> {
    const { url, worker } = this.#options;
    const { connection, place } = readDatabaseUrl(url);
    const client = new pg.Client({
      connectionString: connection,
      application_name: `fieldseal ${worker}`,
      connectionTimeoutMillis: this.#silenceMs,
      query_timeout: this.#silenceMs,
      keepAlive: true,
    });
    const session: Session = { client, leadership: undefined };
    client.on("error", () => this.#drop(session));
    client.on("end", () => this.#drop(session));
    try {
      await client.connect();
      await client.query(`set idle_session_timeout = ${this.#silenceMs}`);
      // The server gives a statement up before this process does, and with it the locks of a session that is over.
      await client.query(`set statement_timeout = ${Math.ceil(this.#silenceMs * 0.8)}`);
      if (await takeLock(client, this.#locks.worker)) return session;
    } catch (cause) {
      await client.end().catch(() => {});
      const message = `${place} does not answer.`;
      throw new FieldsealError("DATABASE_UNREACHABLE", message, {}, { cause });
    }
    await client.end();
    throw new FieldsealError(
      "WORKER_NAME_TAKEN",
      `Another process works on ${place} under the name "${worker}".`,
      { worker },
    );
  }

  async #stand(session: Session): Promise<void> {
    const { store, common, worker } = this.#options;
    if (!(await takeLock(session.client, this.#locks.leader))) return;
    const ending = new AbortController();
    const term = await raiseTerm(session.client, worker, common.clock.nowMs());
    if (this.#session !== session || this.#stopped) return;
    session.leadership = {
      term,
      store: fencedStore(store, term, () => this.#drop(session)),
      signal: ending.signal,
      end: () => ending.abort(),
    };
    common.log.info({ worker, term }, "elected");
    this.#tell();
  }

  /** Ends a session and what it holds. */
  #drop(session: Session | undefined): void {
    if (session === undefined || this.#session !== session) return;
    this.#session = undefined;
    session.client.end().catch(() => {});
    const { leadership } = session;
    if (leadership === undefined) return;
    leadership.end();
    const { common, worker } = this.#options;
    common.log.warn({ worker, term: leadership.term }, "leads no more");
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Begins a new term. Waits for transactions of the term before: when it returns they are done, or void. */
async function raiseTerm(client: pg.Client, holder: string, nowMs: number): Promise<number> {
  const text = `update leaders set term = term + 1, holder = $1, elected_at_ms = $2
    where id = 1 returning term`;
  const { rows } = await client.query<{ term: string }>(text, [holder, nowMs]);
  return Number(rows[0]?.term);
}

async function takeLock(client: pg.Client, lock: string): Promise<boolean> {
  const text = "select pg_try_advisory_lock($1::bigint) as taken";
  const { rows } = await client.query<{ taken: boolean }>(text, [lock]);
  return rows[0]?.taken === true;
}

/** Takes part in the election of a leader for a log on PostgreSQL; the first step may elect it. */
export function createPostgresElection(options: PostgresElectionOptions): Election {
  return new PostgresElection(options);
}
