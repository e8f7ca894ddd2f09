import { encodeReceipt, equalBytes, type MerkleTree, type SignedFacts } from "@fieldseal/sdk";
import { sealedReceipt } from "../seal/sealed-receipt.ts";
import type { Batch } from "../store/accept-batch.ts";
import { batchById, type StoredBatch } from "../store/batches.ts";
import { leafOfFacts } from "../store/blobs.ts";
import { checkpointByIndex } from "../store/checkpoints.ts";
import { messageByIdentity } from "../store/messages.ts";
import type { Store } from "../store/open-store.ts";
import { leafTree } from "../store/subtrees.ts";

/** Group commits whose trees are kept: a device that was away resends what lies in a few of them. */
const keptTrees = 64;

/** The *stored* receipt of one message of a group commit. @param index Its place among the commit's sorted leaves */
export function storedReceipt(
  facts: SignedFacts,
  batch: Batch,
  tree: MerkleTree,
  index: number,
): Uint8Array {
  return encodeReceipt({
    t: "stored",
    keyIndex: facts.keyIndex,
    sequence: facts.sequence,
    messageRoot: facts.root,
    logId: batch.logId,
    epoch: batch.epoch,
    root: batch.root,
    storedAt: BigInt(batch.storedAtS),
    deadline: BigInt(batch.deadlineS),
    index: BigInt(index),
    size: BigInt(tree.size),
    path: tree.path(index),
    signature: batch.signature,
    operator: batch.operator,
  });
}

/** Acknowledges messages that are stored already. */
export type Reacknowledge = {
  /** The receipt of a message with this identity and content; undefined if there is none such. */
  again(facts: SignedFacts): Promise<Uint8Array | undefined>;
};

export function reacknowledge(store: Store, logId: bigint): Reacknowledge {
  const kept = new Map<number, { batch: StoredBatch; tree: MerkleTree }>();

  const treeOf = async (batchId: number) => {
    const known = kept.get(batchId);
    if (known !== undefined) return known;
    const batch = await batchById(store, batchId);
    if (batch === undefined) return undefined;
    const entry = { batch, tree: leafTree(batch.leaves) };
    kept.set(batchId, entry);
    const oldest = kept.keys().next();
    if (kept.size > keptTrees && !oldest.done) kept.delete(oldest.value);
    return entry;
  };

  return {
    async again(facts) {
      const message = await messageByIdentity(store, facts);
      if (message === undefined || !equalBytes(message.root, facts.root)) return undefined;
      // Signed, so the device can believe it; nobody signs a *sealed* receipt.
      const found = await treeOf(message.batchId);
      if (found !== undefined) {
        const leaf = leafOfFacts(facts);
        const index = found.batch.leaves.findIndex((other) => leaf.equals(other));
        return storedReceipt(facts, found.batch, found.tree, index);
      }
      const { place } = message;
      const checkpoint =
        place === undefined ? undefined : await checkpointByIndex(store, place.checkpoint);
      return checkpoint === undefined ? undefined : sealedReceipt(logId, checkpoint, message);
    },
  };
}
