import { setImmediate as nextTurn } from "node:timers/promises";
import type { Store } from "../store/open-store.ts";
import {
  leavesToSeal,
  nextJudgedBlock,
  placeMessages,
  type UnsealedLeaf,
} from "../store/place-messages.ts";
import { joinRoots, subtreeRoot, subtreeSize, upperTree } from "../store/subtrees.ts";
import type { UnsignedCheckpoint } from "./candidate-of.ts";

export type BuildOptions = {
  readonly store: Store;
  readonly index: number;
  /** Commitment of the checkpoint before, 32 bytes. */
  readonly previous: Uint8Array;
  readonly epoch: number;
  /** Messages at most. */
  readonly limit: number;
  readonly nowMs: number;
  readonly sign: (checkpoint: UnsignedCheckpoint) => Promise<Uint8Array>;
};

/**
 * Builds the next checkpoint from the oldest messages that wait, in one transaction: after a crash it is there with all
 * its messages, or not at all. Works in slices, so that the event loop goes on.
 * @returns whether there was anything to seal
 */
export function buildCheckpoint(options: BuildOptions): Promise<boolean> {
  const { store, index, previous, epoch, limit, nowMs, sign } = options;
  return store.write(async (db) => {
    const taken = db.selectFrom("checkpoints").select("idx").where("idx", "=", index);
    if ((await taken.executeTakeFirst()) !== undefined) return false;
    const judgedBlock = await nextJudgedBlock(db);
    if (judgedBlock === undefined) return false;
    const leaves = await leavesToSeal(db, judgedBlock, limit);
    if (leaves.length === 0) return false;
    const subtreeRoots = await rootsOfSubtrees(leaves);
    const { root } = upperTree(subtreeRoots);
    const size = leaves.length;
    const signature = await sign({ index, root, size, previous, epoch, judgedBlock });
    await db
      .insertInto("checkpoints")
      .values({
        idx: index,
        root,
        size,
        previous,
        epoch,
        judged_block: judgedBlock,
        state: "built",
        built_at_ms: nowMs,
        signature,
        sealed_at_s: null,
        signers: null,
        tx_hash: null,
        block_number: null,
        receipts_sent: 0,
      })
      .execute();
    await db
      .insertInto("checkpoint_trees")
      .values({ checkpoint_index: index, subtree_roots: joinRoots(subtreeRoots) })
      .execute();
    await placeMessages(db, index, judgedBlock, leaves);
    return true;
  }, "sealing");
}

async function rootsOfSubtrees(leaves: readonly UnsealedLeaf[]): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = [];
  for (let first = 0; first < leaves.length; first += subtreeSize) {
    const part = leaves.slice(first, first + subtreeSize);
    roots.push(subtreeRoot(part.map(({ leaf }) => leaf)));
    if (roots.length % 8 === 0) await nextTurn();
  }
  return roots;
}
