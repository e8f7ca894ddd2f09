import { hex } from "@fieldseal/sdk";
import { deviceOfBlob, sequenceOfBlob } from "../../store/blobs.ts";
import type { Database } from "../../store/schema.ts";

const chunkSize = 500;

function chunk(db: Database, checkpoint: number, from: number) {
  return db
    .selectFrom("messages")
    .leftJoin("message_bodies", "message_bodies.message_id", "messages.id")
    .select([
      "messages.device",
      "messages.key_index",
      "messages.sequence",
      "messages.root",
      "messages.leaf_index",
      "message_bodies.raw",
      "message_bodies.signature",
      "message_bodies.key_type",
    ])
    .where("checkpoint_index", "=", checkpoint)
    .where("leaf_index", ">=", from)
    .orderBy("leaf_index")
    .limit(chunkSize)
    .execute();
}

type Row = Awaited<ReturnType<typeof chunk>>[number];

/** A message of a checkpoint as auditors get it; `message` is null where bodies are closed or pruned. */
function view(row: Row, bodies: boolean) {
  return {
    index: String(row.leaf_index),
    device: deviceOfBlob(row.device),
    keyIndex: row.key_index,
    sequence: sequenceOfBlob(row.sequence).toString(),
    root: hex(row.root),
    keyType: row.key_type,
    signature: row.signature === null ? null : hex(row.signature),
    message: bodies && row.raw !== null ? Buffer.from(row.raw).toString("base64") : null,
  };
}

/** The messages of a checkpoint in the order of their leaves, from leaf `from` on, read as they are consumed. */
export async function* checkpointMessages(
  db: Database,
  checkpoint: number,
  from: number,
  bodies: boolean,
) {
  for (let next = from; ; ) {
    const rows = await chunk(db, checkpoint, next);
    for (const row of rows) yield view(row, bodies);
    if (rows.length < chunkSize) return;
    next += rows.length;
  }
}
