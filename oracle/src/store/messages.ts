import type { SignedFacts } from "@fieldseal/sdk";
import { deviceBlob, factsOfRow, sequenceBlob } from "./blobs.ts";
import type { Store } from "./open-store.ts";
import type { MessagesTable } from "./schema.ts";

/** What names a message. */
export type MessageIdentity = Pick<SignedFacts, "device" | "keyIndex" | "sequence">;

/** A message that was accepted, without its body. */
export type StoredMessage = SignedFacts & {
  readonly id: number;
  readonly batchId: number;
  /** Its place once a checkpoint was built with it. */
  readonly place: MessagePlace | undefined;
};

export type MessagePlace = { readonly checkpoint: number; readonly leaf: number };

type Row = Pick<
  MessagesTable,
  "device" | "key_index" | "sequence" | "root" | "batch_id" | "checkpoint_index" | "leaf_index"
> & { readonly id: number };

const select = (store: Store) =>
  store.read
    .selectFrom("messages")
    .select([
      "id",
      "device",
      "key_index",
      "sequence",
      "root",
      "batch_id",
      "checkpoint_index",
      "leaf_index",
    ]);

/** The message that was accepted under an identity. */
export async function messageByIdentity(
  store: Store,
  { device, keyIndex, sequence }: MessageIdentity,
): Promise<StoredMessage | undefined> {
  const row = await select(store)
    .where("device", "=", deviceBlob(device))
    .where("key_index", "=", keyIndex)
    .where("sequence", "=", sequenceBlob(sequence))
    .executeTakeFirst();
  return row === undefined ? undefined : messageOfRow(row);
}

/** A checkpoint's messages in the order of its leaves, read page by page so that no size is too large. */
export async function* messagesOfCheckpoint(
  store: Store,
  checkpointIndex: number,
  pageSize = 500,
): AsyncGenerator<StoredMessage> {
  for (let next = 0; ; next += pageSize) {
    const rows = await select(store)
      .where("checkpoint_index", "=", checkpointIndex)
      .where("leaf_index", ">=", next)
      .where("leaf_index", "<", next + pageSize)
      .orderBy("leaf_index")
      .execute();
    for (const row of rows) yield messageOfRow(row);
    if (rows.length < pageSize) return;
  }
}

function messageOfRow(row: Row): StoredMessage {
  const { id, batch_id, checkpoint_index, leaf_index } = row;
  const isPlaced = checkpoint_index !== null && leaf_index !== null;
  return {
    ...factsOfRow(row),
    id,
    batchId: batch_id,
    place: isPlaced ? { checkpoint: checkpoint_index, leaf: leaf_index } : undefined,
  };
}
