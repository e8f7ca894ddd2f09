import { expect } from "chai";
import { leafOfFacts } from "../../../oracle/src/store/blobs.ts";
import { leafTree, subtreeRoot, subtreeSize } from "../../../oracle/src/store/subtrees.ts";
import { factsOf } from "../seal/fixture.ts";

describe("subtree of a checkpoint", () => {
  it("has the root of the RFC 9162 tree over its leaves, whatever their number", () => {
    const leaves = Array.from({ length: subtreeSize }, (_, at) => leafOfFacts(factsOf(at)));
    for (let size = 1; size <= subtreeSize; size++) {
      const some = leaves.slice(0, size);
      expect(subtreeRoot(some)).to.eql(Buffer.from(leafTree(some).root));
    }
  });
});
