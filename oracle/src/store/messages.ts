import type { SignedFacts } from "@fieldseal/sdk";
import { deviceBlob, factsOfRow, sequenceBlob } from "./blobs.ts";
import type { Store } from "./open-store.ts";
import { factsOfLeaf, subtreesFrom } from "./read-subtree.ts";

/** What names a message. */
export type MessageIdentity = Pick<SignedFacts, "device" | "keyIndex" | "sequence">;

/** A message that was accepted, without its body. */
export type StoredMessage = SignedFacts & {
  readonly id: number;
  readonly batchId: number;
  /** 64 bytes r ‖ s; undefined only where an older release had dropped it with the body. */
  readonly signature: Uint8Array | undefined;
  /** Its place once a checkpoint was built with it. */
  readonly place: MessagePlace | undefined;
};

export type MessagePlace = { readonly checkpoint: number; readonly leaf: number };

/** A message of a checkpoint, as its leaf has it. */
export type PlacedMessage = SignedFacts & { readonly id: number; readonly place: MessagePlace };

/** The message that was accepted under an identity. */
export async function messageByIdentity(
  store: Store,
  { device, keyIndex, sequence }: MessageIdentity,
): Promise<StoredMessage | undefined> {
  const row = await store.read
    .selectFrom("messages")
    .leftJoin("places", "places.message_id", "messages.id")
    .select(["id", "device", "key_index", "sequence", "root", "batch_id", "signature"])
    .select(["checkpoint_index", "leaf_index"])
    .where("device", "=", deviceBlob(device))
    .where("key_index", "=", keyIndex)
    .where("sequence", "=", sequenceBlob(sequence))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, batch_id, signature, checkpoint_index, leaf_index } = row;
  const isPlaced = checkpoint_index !== null && leaf_index !== null;
  return {
    ...factsOfRow(row),
    id,
    batchId: batch_id,
    signature: signature ?? undefined,
    place: isPlaced ? { checkpoint: checkpoint_index, leaf: leaf_index } : undefined,
  };
}

/** A checkpoint's messages in the order of its leaves, read piece by piece so that no size is too large. */
export async function* messagesOfCheckpoint(
  store: Store,
  checkpoint: number,
): AsyncGenerator<PlacedMessage> {
  for await (const leaves of subtreesFrom(store.read, checkpoint)) {
    for (const { messageId: id, index, leaf } of leaves) {
      yield { ...factsOfLeaf(leaf), id, place: { checkpoint, leaf: index } };
    }
  }
}
