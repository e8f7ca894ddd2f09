import { buildTree, hex, leafHash, u32 } from "@fieldseal/sdk";

/** Trees of 1 to 17 leaves, leaf i being i as four bytes, with every path. */
export function treeVectors(): unknown {
  return Array.from({ length: 17 }, (_, i) => {
    const size = i + 1;
    const leaves = Array.from({ length: size }, (_, leaf) => u32(leaf));
    const tree = buildTree(leaves.map((leaf) => leafHash(leaf)));
    const paths = leaves.map((_, index) => tree.path(index).map(hex));
    return { size, root: hex(tree.root), paths };
  });
}
