import { expect } from "chai";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { BalanceWatch } from "../../../oracle/src/chain/operator-balance.ts";
import { publicChainPolicy } from "../../../oracle/src/chain/writer-policy.ts";
import { manualClock, testCommon } from "../../support/service.ts";
import { operatorKey } from "../ingest/fixture.ts";

const balanceWei = 10n ** 12n;
const rpc: Rpc = {
  place: "test",
  async request(method) {
    if (method === "eth_getBalance") return `0x${balanceWei.toString(16)}`;
    if (method === "eth_gasPrice") return "0x1";
    return { number: "0x1", hash: "0x01", timestamp: "0x1" };
  },
};

describe("what a checkpoint is taken to cost", () => {
  const costAfter = async (...receipts: Record<string, string>[]) => {
    const common = testCommon(manualClock());
    const watch = new BalanceWatch({ common, key: operatorKey, policy: publicChainPolicy });
    for (const receipt of receipts) watch.learn(receipt);
    await watch.step(rpc);
    return watch.seen?.costWei;
  };

  it("is what the last one cost, what an L2 took for its L1 included", async () => {
    expect(await costAfter({ gasUsed: "0x30d40" })).to.equal(200_000n);
    expect(await costAfter({ gasUsed: "0x30d40", l1Fee: "0x5" })).to.equal(200_005n);
    expect(await costAfter({ gasUsed: "0x30d40" }, { gasUsed: "0x186a0" })).to.equal(100_000n);
  });

  it("is not learnt from a transaction that only takes a nonce", async () => {
    expect(await costAfter({ gasUsed: "0x30d40" }, { gasUsed: "0x5208" })).to.equal(200_000n);
  });
});
