import type { SignedFacts } from "@fieldseal/sdk";
import { deviceOfBlob, sequenceOfBlob } from "./blobs.ts";
import type { Database } from "./schema.ts";
import { subtreeSize } from "./subtrees.ts";

/** A leaf of a checkpoint with the message that it is of. */
export type PlacedLeaf = {
  readonly messageId: number;
  /** In the checkpoint. */
  readonly index: number;
  /** 64 bytes. */
  readonly leaf: Buffer;
};

/** One aligned subtree of a checkpoint's leaves; empty past its end. */
export async function readSubtree(
  db: Database,
  checkpoint: number,
  number: number,
): Promise<PlacedLeaf[]> {
  const row = await db
    .selectFrom("subtrees")
    .select(["message_ids", "leaves"])
    .where("checkpoint_index", "=", checkpoint)
    .where("number", "=", number)
    .executeTakeFirst();
  if (row === undefined) return [];
  const ids = bufferOf(row.message_ids);
  const leaves = bufferOf(row.leaves);
  return Array.from({ length: ids.length / 8 }, (_, at) => ({
    messageId: Number(ids.readBigUInt64BE(8 * at)),
    index: number * subtreeSize + at,
    leaf: leaves.subarray(64 * at, 64 * at + 64),
  }));
}

/** A checkpoint's leaves from index `from` on, read as they are consumed so that no size is too large. */
export async function* subtreesFrom(
  db: Database,
  checkpoint: number,
  from = 0,
): AsyncGenerator<PlacedLeaf[]> {
  for (let number = Math.floor(from / subtreeSize); ; number++) {
    const leaves = await readSubtree(db, checkpoint, number);
    if (leaves.length > 0) yield leaves.filter(({ index }) => index >= from);
    if (leaves.length < subtreeSize) return;
  }
}

/** The facts that a leaf is made of. */
export function factsOfLeaf(leaf: Buffer): SignedFacts {
  return {
    device: deviceOfBlob(leaf.subarray(0, 20)),
    keyIndex: leaf.readUInt32BE(20),
    sequence: sequenceOfBlob(leaf.subarray(24, 32)),
    root: leaf.subarray(32, 64),
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
