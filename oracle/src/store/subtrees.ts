import { buildTree, leafHash, type MerkleTree } from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";

/**
 * Leaves of one aligned subtree. A power of two, so that the tree over the subtrees' roots is the upper part of the
 * RFC 9162 tree over all leaves: a path is the path in the subtree followed by the path of the subtree's root.
 */
export const subtreeSize = 256;

/** A tree over leaves as they are sealed (64 bytes each, sorted). */
export function leafTree(leaves: readonly Uint8Array[]): MerkleTree {
  return buildTree(
    leaves.map((leaf) => leafHash(leaf, nodeSha256)),
    nodeSha256,
  );
}

/** The upper tree, over the roots of subtrees of `subtreeSize` leaves, the last one perhaps smaller. */
export function upperTree(subtreeRoots: readonly Uint8Array[]): MerkleTree {
  return buildTree(subtreeRoots, nodeSha256);
}

/** 32-byte roots one after the other, as the store keeps them, and back. */
export function joinRoots(roots: readonly Uint8Array[]): Buffer {
  return Buffer.concat(roots);
}

export function splitRoots(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / 32 }, (_, i) => joined.subarray(32 * i, 32 * i + 32));
}
