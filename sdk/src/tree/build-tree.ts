import { sdkError } from "../errors/sdk-error.ts";
import { type Sha256, sha256 } from "../hash/sha256.ts";

/** A tree with its levels kept: many inclusion paths without hashing again. */
export type MerkleTree = {
  readonly root: Uint8Array;
  readonly size: number;
  /** Siblings of leaf `index` from the bottom up (RFC 9162 section 2.1.3.1). @throws TREE_INDEX */
  path(index: number): Uint8Array[];
};

/**
 * The RFC 9162 section 2.1.1 tree over leaf hashes. Splitting at the largest power of two below n is
 * the same as pairing neighbours level by level and carrying an odd last node up.
 * @throws TREE_EMPTY
 */
export function buildTree(leafHashes: readonly Uint8Array[], hash: Sha256 = sha256): MerkleTree {
  const size = leafHashes.length;
  if (size === 0) throw sdkError("TREE_EMPTY", "A tree needs a leaf.");
  let level: Uint8Array = new Uint8Array(size * 32);
  for (let i = 0; i < size; i++) level.set(leafHashes[i] as Uint8Array, i * 32);
  const levels = [level];
  const input = new Uint8Array(65);
  input[0] = 1;
  for (let count = size; count > 1; count = (count + 1) >> 1) {
    const next = new Uint8Array(((count + 1) >> 1) * 32);
    for (let i = 0; i + 1 < count; i += 2) {
      input.set(level.subarray(i * 32, i * 32 + 64), 1);
      next.set(hash(input), (i >> 1) * 32);
    }
    if (count % 2 === 1) next.set(level.subarray((count - 1) * 32), next.length - 32);
    levels.push(next);
    level = next;
  }
  return {
    root: level.slice(),
    size,
    path(index) {
      if (!Number.isInteger(index) || index < 0 || index >= size) {
        throw sdkError("TREE_INDEX", `No leaf ${index} in a tree of ${size}.`, { index, size });
      }
      const siblings: Uint8Array[] = [];
      let at = index;
      for (const nodes of levels) {
        const sibling = (at ^ 1) * 32;
        if (nodes.length > 32 && sibling < nodes.length) {
          siblings.push(nodes.slice(sibling, sibling + 32));
        }
        at >>= 1;
      }
      return siblings;
    },
  };
}

/** Root of the tree over leaf hashes. @throws TREE_EMPTY */
export function treeRoot(leafHashes: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  const level = [...leafHashes];
  const input = new Uint8Array(65);
  input[0] = 1;
  for (let count = level.length; count > 1; count = (count + 1) >> 1) {
    for (let i = 0; i + 1 < count; i += 2) {
      input.set(level[i] as Uint8Array, 1);
      input.set(level[i + 1] as Uint8Array, 33);
      level[i >> 1] = hash(input);
    }
    if (count % 2 === 1) level[count >> 1] = level[count - 1] as Uint8Array;
  }
  const [root] = level;
  if (root === undefined) throw sdkError("TREE_EMPTY", "A tree needs a leaf.");
  return root.slice();
}

/** Inclusion path of one leaf. @throws TREE_EMPTY, TREE_INDEX */
export function inclusionPath(
  leafHashes: readonly Uint8Array[],
  index: number,
  hash: Sha256 = sha256,
): Uint8Array[] {
  return buildTree(leafHashes, hash).path(index);
}
