import type { MerkleTree } from "@fieldseal/sdk";
import { leafOfRow } from "../../store/blobs.ts";
import type { Database } from "../../store/schema.ts";
import { leafTree, splitRoots, subtreeSize, upperTree } from "../../store/subtrees.ts";

/** Leaves of one checkpoint with their inclusion paths. */
export type PathReader = {
  /** The 64 bytes of a leaf and its siblings up to the root; undefined if there is no such leaf. */
  read(index: number): Promise<{ leaf: Uint8Array; path: Uint8Array[] } | undefined>;
};

type Subtree = {
  readonly number: number;
  readonly leaves: Uint8Array[];
  readonly tree: MerkleTree;
};

async function loadSubtree(
  db: Database,
  checkpoint: number,
  number: number,
): Promise<Subtree | undefined> {
  const rows = await db
    .selectFrom("messages")
    .select(["device", "key_index", "sequence", "root"])
    .where("checkpoint_index", "=", checkpoint)
    .where("leaf_index", ">=", number * subtreeSize)
    .where("leaf_index", "<", (number + 1) * subtreeSize)
    .orderBy("leaf_index")
    .execute();
  if (rows.length === 0) return undefined;
  const leaves = rows.map(leafOfRow);
  return { number, leaves, tree: leafTree(leaves) };
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
      return { leaf, path };
    },
  };
}
