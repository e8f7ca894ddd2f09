import { setImmediate as nextTurn } from "node:timers/promises";
import type { Store } from "../store/open-store.ts";
import {
  leavesToSeal,
  nextJudgedBlock,
  placeMessages,
  type UnsealedLeaf,
} from "../store/place-messages.ts";
import { joinRoots, leafTree, subtreeSize, upperTree } from "../store/subtrees.ts";
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
  return store.bulk(async (sqlite) => {
    const judgedBlock = nextJudgedBlock(sqlite);
    if (judgedBlock === undefined) return false;
    const leaves = await leavesToSeal(sqlite, judgedBlock, limit);
    if (leaves.length === 0) return false;
    const subtreeRoots = await rootsOfSubtrees(leaves);
    const { root } = upperTree(subtreeRoots);
    const size = leaves.length;
    const signature = await sign({ index, root, size, previous, epoch, judgedBlock });
    sqlite
      .prepare(
        `insert into checkpoints (idx, root, size, previous, epoch, judged_block, state, built_at_ms, signature)
         values (?, ?, ?, ?, ?, ?, 'built', ?, ?)`,
      )
      .run(index, root, size, previous, epoch, judgedBlock, nowMs, signature);
    sqlite
      .prepare("insert into checkpoint_trees (checkpoint_index, subtree_roots) values (?, ?)")
      .run(index, joinRoots(subtreeRoots));
    await placeMessages(sqlite, index, leaves);
    return true;
  });
}

async function rootsOfSubtrees(leaves: readonly UnsealedLeaf[]): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = [];
  for (let first = 0; first < leaves.length; first += subtreeSize) {
    const part = leaves.slice(first, first + subtreeSize);
    roots.push(leafTree(part.map(({ leaf }) => leaf)).root);
    if (roots.length % 8 === 0) await nextTurn();
  }
  return roots;
}
