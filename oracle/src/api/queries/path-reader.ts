import type { MerkleTree } from "@fieldseal/sdk";
import { type PlacedLeaf, readSubtree } from "../../store/read-subtree.ts";
import type { Database } from "../../store/schema.ts";
import { leafTree, splitRoots, subtreeSize, upperTree } from "../../store/subtrees.ts";

/** A leaf with its siblings up to the root. */
type LeafPath = PlacedLeaf & { readonly path: Uint8Array[] };

/** Leaves of one checkpoint with their inclusion paths. */
export type PathReader = {
  /** Undefined if there is no such leaf. */
  read(index: number): Promise<LeafPath | undefined>;
};

type Subtree = {
  readonly number: number;
  readonly leaves: PlacedLeaf[];
  readonly tree: MerkleTree;
};

async function loadSubtree(
  db: Database,
  checkpoint: number,
  number: number,
): Promise<Subtree | undefined> {
  const leaves = await readSubtree(db, checkpoint, number);
  if (leaves.length === 0) return undefined;
  return { number, leaves, tree: leafTree(leaves.map(({ leaf }) => leaf)) };
}

async function loadUpper(db: Database, checkpoint: number): Promise<MerkleTree | undefined> {
  const row = await db
    .selectFrom("checkpoint_trees")
    .select("subtree_roots")
    .where("checkpoint_index", "=", checkpoint)
    .executeTakeFirst();
  return row === undefined ? undefined : upperTree(splitRoots(row.subtree_roots));
}

/**
 * Reads inclusion paths. One costs a subtree of 256 leaves and the tree over the subtrees' roots,
 * whatever the checkpoint's size; neighbours share them.
 */
export function pathReader(db: Database, checkpoint: number): PathReader {
  let upper: MerkleTree | undefined;
  let subtree: Subtree | undefined;
  return {
    async read(index) {
      const number = Math.floor(index / subtreeSize);
      if (subtree?.number !== number) subtree = await loadSubtree(db, checkpoint, number);
      upper ??= await loadUpper(db, checkpoint);
      const leaf = subtree?.leaves[index % subtreeSize];
      if (subtree === undefined || upper === undefined || leaf === undefined) return undefined;
      const path = [...subtree.tree.path(index % subtreeSize), ...upper.path(number)];
      return { ...leaf, path };
    },
  };
}
