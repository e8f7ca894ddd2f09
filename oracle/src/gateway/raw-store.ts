import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";

/** A source's message as it came. */
export type RawMessage = {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 at which it came first and last. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How often the same bytes came on the same topic. */
  readonly times: number;
};

/** How far a source's message got. */
export type Progress = {
  /** Signed messages made of it that are in the outbox or beyond. */
  readonly parts: number;
  readonly total: number;
  /** MQTT packet identifier under which it came last. */
  readonly packetId: number;
};

export type RawRetention = { readonly days: number; readonly bytes: number };

type Row = {
  topic: string;
  payload: Buffer;
  first_ms: number;
  last_ms: number;
  times: number;
  parts: number;
  total: number;
  packet: number;
};

const schema = `
  CREATE TABLE IF NOT EXISTS raw (
    digest BLOB PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, times INTEGER NOT NULL,
    parts INTEGER NOT NULL, total INTEGER NOT NULL, packet INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS raw_by_age ON raw (last_ms);
  CREATE TABLE IF NOT EXISTS named (
    name TEXT PRIMARY KEY, digest BLOB NOT NULL, at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS named_by_age ON named (at_ms);
  CREATE TABLE IF NOT EXISTS origins (
    origin TEXT PRIMARY KEY, alias TEXT NOT NULL UNIQUE, last_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

const dayMs = 86_400_000;
/** What a row costs beside its payload. */
const rowBytes = 200;

function failed(cause: unknown): FieldsealError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FieldsealError("RAW_FAILED", `The gateway's store fails: ${reason}.`, {}, { cause });
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Sqlite.SqliteError ? failed(error) : error;
  }
}

/**
 * The gateway's own record: each source's message by its digest, how far it got, and who has which alias. What a call
 * has written is on the disk when it returns.
 */
export class RawStore {
  readonly #db: Sqlite.Database;
  /** Bytes that the messages take; counted once, since a count reads them all. */
  #bytes: number | undefined;

  private constructor(db: Sqlite.Database) {
    this.#db = db;
  }

  /** @throws RAW_FAILED */
  static open(folder: string): RawStore {
    return guarded(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const db = new Sqlite(join(folder, "gateway.db"));
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = FULL");
      db.exec(schema);
      return new RawStore(db);
    });
  }

  /** For questions while a gateway works on the folder. @throws RAW_FAILED if there is none */
  static openToRead(folder: string): RawStore {
    try {
      const path = join(folder, "gateway.db");
      return new RawStore(new Sqlite(path, { readonly: true, fileMustExist: true }));
    } catch (error) {
      throw failed(error);
    }
  }

  #row(digest: Uint8Array): Row | undefined {
    return this.#db
      .prepare<[Buffer], Row>("SELECT * FROM raw WHERE digest = ?")
      .get(Buffer.from(digest));
  }

  get(digest: Uint8Array): RawMessage | undefined {
    const row = guarded(() => this.#row(digest));
    if (row === undefined) return undefined;
    const { topic, payload, first_ms: firstMs, last_ms: lastMs, times } = row;
    return { topic, payload: new Uint8Array(payload), firstMs, lastMs, times };
  }

  progress(digest: Uint8Array): Progress | undefined {
    const row = guarded(() => this.#row(digest));
    return row && { parts: row.parts, total: row.total, packetId: row.packet };
  }

  /** Whether a message of this name was taken before, from other bytes or the same. */
  isNamed(name: string): boolean {
    return guarded(
      () =>
        this.#db.prepare<[string]>("SELECT 1 FROM named WHERE name = ?").get(name) !== undefined,
    );
  }

  /** Keeps a message before any of it is sent; the same bytes again begin anew. */
  keep(
    digest: Uint8Array,
    message: { readonly topic: string; readonly payload: Uint8Array; readonly packetId: number },
    total: number,
    nowMs: number,
  ): void {
    const { topic, payload, packetId } = message;
    const insert = this.#db.prepare(
      `INSERT INTO raw VALUES (@digest, @topic, @payload, @now, @now, 1, 0, @total, @packet)
       ON CONFLICT (digest) DO UPDATE SET last_ms = @now, times = times + 1, parts = 0, total = @total, packet = @packet`,
    );
    const isKnown = guarded(() => this.#row(digest)) !== undefined;
    guarded(() =>
      insert.run({
        digest: Buffer.from(digest),
        topic,
        payload: Buffer.from(payload),
        now: nowMs,
        total,
        packet: packetId,
      }),
    );
    if (this.#bytes !== undefined && !isKnown) this.#bytes += payload.length + rowBytes;
  }

  /** Notes that one more part of a message is in the outbox; the last one gives the message its name. */
  advance(digest: Uint8Array, sequence: bigint, name: string | undefined, nowMs: number): void {
    const bytes = Buffer.from(digest);
    const work = this.#db.transaction(() => {
      this.#db.prepare("UPDATE raw SET parts = parts + 1 WHERE digest = ?").run(bytes);
      this.#db
        .prepare("INSERT OR REPLACE INTO marks VALUES ('sequence', ?)")
        .run(sequence.toString());
      if (name === undefined) return;
      this.#db
        .prepare(
          "INSERT OR IGNORE INTO named SELECT ?, digest, ? FROM raw WHERE digest = ? AND parts >= total",
        )
        .run(name, nowMs, bytes);
    });
    guarded(() => work());
  }

  /** Sequence of the last message that is known to be in the outbox. */
  lastSequence(): bigint {
    const row = guarded(() =>
      this.#db
        .prepare<[], { value: string }>("SELECT value FROM marks WHERE name = 'sequence'")
        .get(),
    );
    return BigInt(row?.value ?? "0");
  }

  /** The origin that holds an alias. */
  holderOf(alias: string): string | undefined {
    return guarded(() =>
      this.#db
        .prepare<[string], { origin: string }>("SELECT origin FROM origins WHERE alias = ?")
        .get(alias),
    )?.origin;
  }

  origins(): number {
    const row = guarded(() =>
      this.#db.prepare<[], { n: number }>("SELECT count(*) AS n FROM origins").get(),
    );
    return row?.n ?? 0;
  }

  /** Notes that an origin spoke under an alias; an older alias of it, or holder of the alias, is forgotten. */
  noteOrigin(origin: string, alias: string, nowMs: number): void {
    guarded(() =>
      this.#db.prepare("INSERT OR REPLACE INTO origins VALUES (?, ?, ?)").run(origin, alias, nowMs),
    );
  }

  /** Until when messages of the source were taken as they came; undefined if none ever were. */
  heardMs(): number | undefined {
    const row = guarded(() =>
      this.#db.prepare<[], { value: string }>("SELECT value FROM marks WHERE name = 'heard'").get(),
    );
    return row === undefined ? undefined : Number(row.value);
  }

  noteHeard(atMs: number): void {
    guarded(() =>
      this.#db.prepare("INSERT OR REPLACE INTO marks VALUES ('heard', ?)").run(String(atMs)),
    );
  }

  /** Writes, to see whether it can. @throws RAW_FAILED */
  probe(nowMs: number): void {
    guarded(() =>
      this.#db.prepare("INSERT OR REPLACE INTO marks VALUES ('probe', ?)").run(String(nowMs)),
    );
  }

  /** Bytes that the messages take. */
  bytes(): number {
    this.#bytes ??= this.#count();
    return this.#bytes;
  }

  #count(): number {
    const row = guarded(() =>
      this.#db
        .prepare<[number], { n: number | null }>("SELECT sum(length(payload) + ?) AS n FROM raw")
        .get(rowBytes),
    );
    return row?.n ?? 0;
  }

  /** Forgets what is too old, and the oldest while there is too much. @returns messages forgotten */
  prune({ days, bytes }: RawRetention, nowMs: number): number {
    const before = nowMs - days * dayMs;
    let forgotten = 0;
    guarded(() => {
      const aged = this.#db
        .prepare<[number], { n: number }>(
          "DELETE FROM raw WHERE last_ms < ? RETURNING length(payload) AS n",
        )
        .all(before);
      forgotten += this.#forget(aged);
      this.#db.prepare("DELETE FROM named WHERE at_ms < ?").run(before);
      this.#db.prepare("DELETE FROM origins WHERE last_ms < ?").run(before);
      const oldest = this.#db.prepare<[], { n: number }>(
        "DELETE FROM raw WHERE digest IN (SELECT digest FROM raw ORDER BY last_ms LIMIT 500) RETURNING length(payload) AS n",
      );
      while (this.bytes() > bytes) {
        const gone = this.#forget(oldest.all());
        if (gone === 0) return;
        forgotten += gone;
      }
    });
    return forgotten;
  }

  #forget(rows: readonly { n: number }[]): number {
    const bytes = rows.reduce((sum, { n }) => sum + n + rowBytes, 0);
    if (this.#bytes !== undefined) this.#bytes -= bytes;
    return rows.length;
  }

  close(): void {
    this.#db.close();
  }
}
