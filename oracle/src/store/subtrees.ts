import { hash } from "node:crypto";
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

/** The root of `leafTree` over at most `subtreeSize` leaves, many times faster: nothing is kept of the way to it. */
export function subtreeRoot(leaves: readonly Uint8Array[]): Buffer {
  const input = Buffer.alloc(65);
  const level = Buffer.alloc(32 * subtreeSize);
  for (const [at, leaf] of leaves.entries()) {
    input.set(leaf, 1);
    level.write(hash("sha256", input, "binary"), 32 * at, "latin1");
  }
  input[0] = 1;
  for (let count = leaves.length; count > 1; count = (count + 1) >> 1) {
    for (let i = 0; i + 1 < count; i += 2) {
      level.copy(input, 1, 32 * i, 32 * i + 64);
      level.write(hash("sha256", input, "binary"), 16 * i, "latin1");
    }
    if (count % 2 === 1) level.copyWithin(16 * (count - 1), 32 * (count - 1), 32 * count);
  }
  return Buffer.from(level.subarray(0, 32));
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
