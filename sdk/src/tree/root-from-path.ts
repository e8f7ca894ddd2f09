import { type Sha256, sha256 } from "../hash/sha256.ts";
import { nodeHash } from "./tree-hash.ts";

/**
 * The root that a leaf hash, its position and its path lead to (RFC 9162 section 2.1.3.2), or
 * undefined when the path has the wrong length for that position. Whoever verifies compares the root.
 */
export function rootFromPath(
  leaf: Uint8Array,
  index: bigint | number,
  size: bigint | number,
  path: readonly Uint8Array[],
  hash: Sha256 = sha256,
): Uint8Array | undefined {
  let position = BigInt(index);
  let last = BigInt(size) - 1n;
  if (position < 0n || position > last) return undefined;
  let root = leaf;
  for (const sibling of path) {
    if (last === 0n || sibling.length !== 32) return undefined;
    if ((position & 1n) === 1n || position === last) {
      root = nodeHash(sibling, root, hash);
      while ((position & 1n) === 0n && position !== 0n) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      root = nodeHash(root, sibling, hash);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? root : undefined;
}
