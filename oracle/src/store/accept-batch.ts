import type { KeyType, ReadingRecord, SignedFacts } from "@fieldseal/sdk";
import type Sqlite from "better-sqlite3";
import type { Hex } from "../chain/types.ts";
import { deviceBlob, sequenceBlob } from "./blobs.ts";
import type { MessageIdentity } from "./messages.ts";
import { prepared } from "./statement-cache.ts";

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
  readonly readings: readonly ReadingRecord[];
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

/** What is stored under an identity already. */
export type KnownMessage = { readonly id: number; readonly root: Uint8Array };

/** Looks an identity up, inside `Store.bulk`. */
export function knownMessages(
  sqlite: Sqlite.Database,
): (identity: MessageIdentity) => KnownMessage | undefined {
  const find = sqlite.prepare<[Uint8Array, number, Uint8Array], { id: number; root: Uint8Array }>(
    "select id, root from messages where device = ? and key_index = ? and sequence = ?",
  );
  return ({ device, keyIndex, sequence }) =>
    find.get(deviceBlob(device), keyIndex, sequenceBlob(sequence));
}

/** Writes a group commit's messages, bodies and readings; inside `Store.bulk`. Their identities must be new. */
export function insertBatch(
  sqlite: Sqlite.Database,
  batch: Batch,
  messages: readonly AcceptedMessage[],
): void {
  const { lastInsertRowid: batchId } = sqlite
    .prepare<[string, number, Uint8Array, number, number, number, string, Uint8Array]>(
      `insert into batches (log_id, epoch, root, size, stored_at_s, deadline_s, operator, signature)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      batch.logId.toString(),
      batch.epoch,
      batch.root,
      messages.length,
      batch.storedAtS,
      batch.deadlineS,
      batch.operator,
      batch.signature,
    );
  const message = sqlite.prepare(
    `insert into messages (device, key_index, sequence, root, batch_id, received_at_ms,
       first_time_ms, last_time_ms, accepted_block) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const body = sqlite.prepare(
    "insert into message_bodies (message_id, raw, signature, key_type) values (?, ?, ?, ?)",
  );
  for (const accepted of messages) {
    const { facts, receivedAtMs, readings } = accepted;
    const [firstMs, lastMs] = timesOf(readings, receivedAtMs);
    const { lastInsertRowid: id } = message.run(
      deviceBlob(facts.device),
      facts.keyIndex,
      sequenceBlob(facts.sequence),
      facts.root,
      batchId,
      receivedAtMs,
      firstMs,
      lastMs,
      accepted.acceptedBlock,
    );
    body.run(id, accepted.raw, accepted.signature, accepted.keyType);
    if (readings.length > 0) insertReadings(sqlite, id, readings);
  }
}

/** The statement that inserts so many readings, by their number: building its text takes longer than looking it up. */
const insertReadingsSql: string[] = [];

function readingsSql(count: number): string {
  const known = insertReadingsSql[count];
  if (known !== undefined) return known;
  const rows = Array<string>(count).fill("(?, ?, ?, ?, ?, ?, ?)").join();
  const sql = `insert into readings (message_id, record, time_ms, metric, kind, value, text) values ${rows}`;
  insertReadingsSql[count] = sql;
  return sql;
}

/** All readings of a message in one statement. */
function insertReadings(
  sqlite: Sqlite.Database,
  messageId: number | bigint,
  readings: readonly ReadingRecord[],
): void {
  const values: unknown[] = [];
  for (const { record, timeMs, metric, kind, value, text } of readings) {
    values.push(messageId, record, Number(timeMs), metric, kind, value.toString(), text ?? null);
  }
  prepared(sqlite, readingsSql(readings.length)).run(values);
}

function timesOf(readings: readonly ReadingRecord[], receivedAtMs: number): [number, number] {
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
