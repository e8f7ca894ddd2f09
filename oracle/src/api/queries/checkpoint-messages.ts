import { type DeviceId, hex } from "@fieldseal/sdk";
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
function view(row: Row, mayRead: (device: DeviceId) => boolean) {
  const device = deviceOfBlob(row.device);
  const raw = mayRead(device) ? row.raw : null;
  return {
    index: String(row.leaf_index),
    device,
    keyIndex: row.key_index,
    sequence: sequenceOfBlob(row.sequence).toString(),
    root: hex(row.root),
    keyType: row.key_type,
    signature: row.signature === null ? null : hex(row.signature),
    message: raw === null ? null : Buffer.from(raw).toString("base64"),
  };
}

/** The messages of a checkpoint in the order of their leaves, from leaf `from` on, read as they are consumed. */
export async function* checkpointMessages(
  db: Database,
  checkpoint: number,
  from: number,
  mayRead: (device: DeviceId) => boolean,
) {
  for (let next = from; ; ) {
    const rows = await chunk(db, checkpoint, next);
    for (const row of rows) yield view(row, mayRead);
    if (rows.length < chunkSize) return;
    next += rows.length;
  }
}
