import { join } from "node:path";
import { checkpointLeaf, leafHash, type SignedFacts, treeRoot } from "@fieldseal/sdk";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { deviceBlob, sequenceBlob } from "../../../oracle/src/store/blobs.ts";
import { firstSchema } from "../../../oracle/src/store/migrations/001-first.ts";
import { grantsSchema } from "../../../oracle/src/store/migrations/002-grants.ts";
import { factsOf } from "../seal/fixture.ts";

const steps: [string, Migration][] = [
  ["001-first", { up: firstSchema }],
  ["002-grants", { up: grantsSchema }],
];

/** What an old folder is filled with. */
export type OldFolder = {
  /** Sealed in checkpoint 0, in the order of its leaves. */
  readonly sealed: readonly SignedFacts[];
  /** Waiting; the first of them may be sealed up to block 12 only. */
  readonly waiting: readonly SignedFacts[];
  readonly root: Uint8Array;
};

export const oldSignature = (facts: SignedFacts) =>
  new Uint8Array(64).fill(Number(facts.sequence) % 256);
export const oldBody = (facts: SignedFacts) => new Uint8Array(9).fill(Number(facts.sequence) % 256);

/** Writes a data folder as the release with so many migrations left it. */
export async function writeOldFolder(path: string, migrations: 1 | 2): Promise<OldFolder> {
  const sqlite = new Sqlite(join(path, "store.db"));
  sqlite.pragma("journal_mode = WAL");
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const provider = { getMigrations: async () => Object.fromEntries(steps.slice(0, migrations)) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
  const folder = fill(sqlite);
  await db.destroy();
  return folder;
}

function fill(sqlite: Sqlite.Database): OldFolder {
  const leaf = (facts: SignedFacts) => Buffer.from(checkpointLeaf(facts));
  const all = Array.from({ length: 1630 }, (_, number) => factsOf(number));
  const sealed = all.slice(0, 600).sort((a, b) => Buffer.compare(leaf(a), leaf(b)));
  const waiting = all.slice(600);
  const root = treeRoot(sealed.map((facts) => leafHash(leaf(facts))));
  sqlite.exec(`
    insert into meta values ('chainId', '31337');
    insert into followed values (20, '0x00', 1700000000);
    insert into devices values (x'${"0a".repeat(20)}', '0x00', 'active', '1', null, null, 0, 0, 1, 1, 0);
    insert into batches values (1, '1', 0, zeroblob(32), 1630, 1, 2, '0x00', zeroblob(65));
    insert into intents (purpose, sender, to_address, data, state, created_at_ms, updated_at_ms)
      values ('append:1:0', '0x01', '0x02', x'00', 'final', 1, 1)`);
  const checkpoint = sqlite.prepare(
    `insert into checkpoints values (0, ?, 600, zeroblob(32), 0, 10, 'final', 1, zeroblob(65), 5, 1, '0x07', 11, 1)`,
  );
  checkpoint.run(root);
  const hashes = sealed.map((facts) => leafHash(leaf(facts)));
  const roots = [0, 256, 512].map((from) => treeRoot(hashes.slice(from, from + 256)));
  sqlite.prepare("insert into checkpoint_trees values (0, ?)").run(Buffer.concat(roots));
  const message = sqlite.prepare(
    "insert into messages values (?, ?, ?, ?, ?, 1, 1700000000000, 5, 6, 10, ?, ?, ?)",
  );
  const body = sqlite.prepare("insert into message_bodies values (?, ?, ?, 2)");
  const reading = sqlite.prepare(
    "insert into readings values (?, 0, 5, 'temperature', 0, '1', null)",
  );
  const leafOf = new Map(sealed.map((facts, index) => [facts, index]));
  for (const [at, facts] of all.entries()) {
    const index = leafOf.get(facts) ?? null;
    const { device, keyIndex, sequence } = facts;
    message.run(
      ...[at + 1, deviceBlob(device), keyIndex, sequenceBlob(sequence), facts.root],
      ...[at === 600 ? 12 : null, index === null ? null : 0, index],
    );
    // The first body was dropped by hand.
    if (at > 0) body.run(at + 1, oldBody(facts), oldSignature(facts));
    reading.run(at + 1);
  }
  return { sealed, waiting, root };
}
