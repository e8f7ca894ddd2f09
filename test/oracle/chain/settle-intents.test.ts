import { expect } from "chai";
import { Wallet } from "ethers";
import { findIntent, insertIntent, recordAttempt } from "../../../oracle/src/chain/intents.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { IntentSettler } from "../../../oracle/src/chain/settle-intents.ts";
import { localChainPolicy } from "../../../oracle/src/chain/writer-policy.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { testCommon } from "../../support/service.ts";
import { openTestStore } from "../../support/test-store.ts";
import { operatorKey, removeFolders, tempFolder } from "../ingest/fixture.ts";

const finalized = { number: 10, hash: "0x10", timeS: 0, baseFeeWei: 1n } as const;
const receipt = { blockNumber: "0x5", blockHash: "0xaa", status: "0x1" };
const to = "0x00000000000000000000000000000000000000bb" as const;

describe("what becomes of a transaction that was sent", () => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(tempFolder());
    const call = { purpose: "p", sender: operatorKey.address, to, data: new Uint8Array([1]) };
    await store.write((db) => insertIntent(db, call, 0));
    const wallet = new Wallet(operatorKey.secret);
    const unsigned = {
      chainId: 1,
      nonce: 3,
      gasLimit: 21_000,
      gasPrice: 1,
      type: 0,
      to,
      data: "0x01",
    };
    const raw = Buffer.from((await wallet.signTransaction(unsigned)).slice(2), "hex");
    const fees = { maxFeeWei: 1n, tipWei: undefined };
    const attempt = { hash: "0x77", raw, nonce: 3, gasLimit: 1n, ...fees } as const;
    await recordAttempt(store, 1, attempt, 0);
  });
  afterEach(async () => {
    await store.close();
    removeFolders();
  });

  const settled = async (one: Rpc, rpc: Rpc = one) => {
    const policy = { ...localChainPolicy, lostLooks: 1 };
    const context = { store, rpc, key: operatorKey, policy, common: testCommon() };
    const intent = await findIntent(store.db, "p");
    if (intent === undefined) throw new Error("none");
    await new IntentSettler(context, () => {}).settle(one, intent, finalized);
    return (await findIntent(store.db, "p"))?.state;
  };
  const answering = (answers: Record<string, unknown>): Rpc => ({
    place: "test",
    request: async (method) => answers[method] ?? null,
  });

  it("is final only if its receipt is of the block that is final", async () => {
    const block = (hash: string) => ({ number: "0x5", hash, timestamp: "0x1" });
    const chain = (hash: string) =>
      answering({ eth_getTransactionReceipt: receipt, eth_getBlockByNumber: block(hash) });
    expect(await settled(chain("0xbb"))).to.equal("mined");
    expect(await settled(chain("0xaa"))).to.equal("final");
  });

  it("is not lost while any endpoint has it in a block, whatever the count", async () => {
    const one = answering({});
    const all = (found: unknown): Rpc => ({
      ...one,
      endpoints: {
        count: 2,
        pin: () => ({ ...one, distrust: () => false }),
        everywhere: async (method) =>
          method === "eth_getTransactionCount" ? ["0x9", "0x9"] : [null, found],
        anchor: () => {},
      },
    });
    expect(await settled(one, all(receipt))).to.equal("pending");
    expect(await settled(one, all(null))).to.equal("new");
  });
});
