import type { KeyType, ReadingRecord, SignedFacts } from "@fieldseal/sdk";
import { CompiledQuery, sql } from "kysely";
import type { Hex } from "../chain/types.ts";
import { deviceBlob, leafOfFacts, leafOfRow, sequenceBlob } from "./blobs.ts";
import { byColumn, insertRows, isPostgres, overValues, unnested } from "./insert-rows.ts";
import type { Database } from "./schema.ts";

/** A message that passed every check, ready to be stored. */
export type AcceptedMessage = {
  readonly facts: SignedFacts;
  readonly keyType: KeyType;
  /** 64 bytes r ‖ s, low-s. */
  readonly signature: Uint8Array;
  /** As received. */
  readonly raw: Uint8Array;
  readonly receivedAtMs: number;
  /** Finalized block at which it was judged. */
  readonly acceptedBlock: number;
  /** Empty for an encrypted body. */
  readonly readings: readonly Pick<ReadingRecord, "timeMs">[];
};

/** What the operator signed over the messages of one group commit. */
export type Batch = {
  readonly logId: bigint;
  readonly epoch: number;
  readonly root: Uint8Array;
  readonly storedAtS: number;
  readonly deadlineS: number;
  readonly operator: Hex;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Uint8Array;
};

const identityColumns = { device: "bytea", key_index: "bigint", sequence: "bytea" } as const;

const messageColumns = {
  id: "bigint",
  ...identityColumns,
  root: "bytea",
  batch_id: "bigint",
  received_at_ms: "bigint",
  first_time_ms: "bigint",
  last_time_ms: "bigint",
  key_type: "bigint",
  signature: "bytea",
} as const;

const bodyColumns = { message_id: "bigint", raw: "bytea" } as const;

const unsealedColumns = { message_id: "bigint", leaf: "bytea", accepted_block: "bigint" } as const;

/** Names an identity: a string of the first 32 bytes of its leaf, which compares as they do. */
export function identityKey(leaf: Buffer): string {
  return leaf.toString("latin1", 0, 32);
}

const identityOf = (facts: SignedFacts) =>
  [deviceBlob(facts.device), facts.keyIndex, sequenceBlob(facts.sequence)] as const;

type KnownRow = { device: Uint8Array; key_index: number; sequence: Uint8Array; root: Uint8Array };

const selectKnown = "select m.device, m.key_index, m.sequence, m.root from";
const isWanted =
  "on m.device = wanted.device and m.key_index = wanted.key_index and m.sequence = wanted.sequence";

/** Roots stored under the identities of some messages, by `identityKey`. */
export async function knownRoots(
  db: Database,
  facts: readonly SignedFacts[],
): Promise<Map<string, Uint8Array>> {
  const wanted = facts.map(identityOf);
  const names = Object.keys(identityColumns).join();
  const rows = isPostgres(db)
    ? await db
        .executeQuery<KnownRow>(
          CompiledQuery.raw(
            `${selectKnown} ${unnested(identityColumns)} as wanted (${names})
             join messages m ${isWanted}`,
            byColumn(identityColumns, wanted),
          ),
        )
        .then((answer) => answer.rows)
    : await overValues<KnownRow>(
        db,
        {
          head: `with wanted (${names}) as (values`,
          // Cross join: what is wanted is looked up in the index, never the other way round.
          tail: `) ${selectKnown} wanted cross join messages m ${isWanted}`,
          width: 3,
        },
        wanted,
      );
  return new Map(rows.map((row) => [identityKey(leafOfRow(row)), row.root]));
}

async function newIds(db: Database, count: number): Promise<number[]> {
  if (isPostgres(db)) {
    const { rows } = await sql<{ id: number }>`
      select nextval('message_ids') as id from generate_series(1, ${count})`.execute(db);
    return rows.map(({ id }) => id);
  }
  const { id: newest } = await db
    .selectFrom("messages")
    .select(({ fn }) => fn.max<number | null>("id").as("id"))
    .executeTakeFirstOrThrow();
  return Array.from({ length: count }, (_, at) => (newest ?? 0) + 1 + at);
}

/** Writes a group commit's messages and bodies, and queues them for sealing. Their identities must be new. */
export async function insertBatch(
  db: Database,
  batch: Batch,
  messages: readonly AcceptedMessage[],
): Promise<void> {
  const { id: batchId } = await db
    .insertInto("batches")
    .values({
      log_id: batch.logId.toString(),
      epoch: batch.epoch,
      root: batch.root,
      size: messages.length,
      stored_at_s: batch.storedAtS,
      deadline_s: batch.deadlineS,
      operator: batch.operator,
      signature: batch.signature,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const ids = await newIds(db, messages.length);
  const withId = messages.map((message, at) => ({ message, id: ids[at] ?? Number.NaN }));
  const rows = withId.map(({ id, message }) => {
    const { facts, receivedAtMs, keyType, signature } = message;
    const times = timesOf(message);
    return [
      ...[id, ...identityOf(facts), facts.root, batchId, receivedAtMs],
      ...[...times, keyType, signature],
    ];
  });
  await insertRows(db, "messages", messageColumns, rows);
  const bodies = withId.map(({ id, message }) => [id, message.raw]);
  await insertRows(db, "message_bodies", bodyColumns, bodies);
  const waiting = withId.map(({ id, message }) => [
    id,
    leafOfFacts(message.facts),
    message.acceptedBlock,
  ]);
  await insertRows(db, "unsealed", unsealedColumns, waiting);
}

function timesOf({ readings, receivedAtMs }: AcceptedMessage): [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { timeMs } of readings) {
    const time = Number(timeMs);
    if (time === 0) continue;
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return last === 0 ? [receivedAtMs, receivedAtMs] : [first, last];
}
