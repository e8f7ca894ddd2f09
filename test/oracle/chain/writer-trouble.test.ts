import { hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { appendCalldata } from "../../../oracle/src/chain/chain-log.ts";
import { jsonRpc, type Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { localRpcPolicy, RpcPool } from "../../../oracle/src/chain/rpc-pool.ts";
import { localChainPolicy } from "../../../oracle/src/chain/writer-policy.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { testKey } from "../../support/chain.ts";
import { loggingCommon } from "../../support/logged-codes.ts";
import { startRpcProxy } from "../../support/rpc-proxy.ts";
import { manualClock, testCommon } from "../../support/service.ts";
import {
  createWriter,
  type DeployedChain,
  deployedChain,
  faultyRpc,
  operator,
  signedCandidate,
  temporaryStore,
} from "./fixture.ts";

const gwei = 1_000_000_000n;
const stranger = computeAddress(testKey(2));

describe("TransactionWriter in trouble", () => {
  let deployed: DeployedChain;
  let folder: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;

  before(async () => {
    deployed = await deployedChain();
  });
  after(() => deployed.stop());
  beforeEach(async () => {
    await deployed.reset();
    await deployed.node.rpc("evm_setAutomine", false);
    folder = await temporaryStore();
    store = folder.store;
  });
  afterEach(() => folder.remove());

  const attempts = () => store.db.selectFrom("attempts").selectAll().orderBy("id").execute();
  const intents = () => store.db.selectFrom("intents").selectAll().orderBy("id").execute();

  async function submitted(options: Parameters<typeof createWriter>[2] = {}) {
    const { writer, log } = createWriter(deployed, store, options);
    const { candidate, signature } = await signedCandidate(deployed, log);
    await log.submit(candidate, [signature]);
    const data = hex(appendCalldata(1n, candidate, [signature]));
    return { writer, log, data };
  }

  /** Somebody else seals with the same signatures, in a block of his own. */
  async function sealedByStranger(data: string) {
    const { node, chain } = deployed;
    await node.rpc("anvil_dropAllTransactions");
    const call = { from: stranger, to: chain.identity.log, data, gas: "0x7a120" };
    await node.rpc("eth_sendTransaction", call);
    await node.mine();
  }

  async function settled(writer: { step(): Promise<number> }) {
    for (let round = 0; round < 12; round++) {
      await writer.step();
      await deployed.node.mine();
    }
  }

  it("cancels a transaction that became useless, for a fraction of its gas", async () => {
    const clock = manualClock();
    const { writer, log, data } = await submitted({ clock, policy: { bumpAfterMs: 1_000 } });
    await writer.step();
    await sealedByStranger(data);
    clock.advance(1_000);
    await writer.step();
    await settled(writer);
    const [first, second] = await attempts();
    expect(second?.nonce).to.equal(first?.nonce);
    expect(await log.submission(0n)).to.deep.include({ state: "refused" });
    const [intent] = await intents();
    expect(intent?.tx_hash).to.equal(second?.hash);
    expect(intent?.error).to.match(/^LogIndex/);
    const receipt = await deployed.node.rpc("eth_getTransactionReceipt", second?.hash);
    expect(Number((receipt as { gasUsed: string }).gasUsed)).to.equal(21_000);
  });

  it("calls a call final that is mined although it was to be cancelled", async () => {
    const clock = manualClock();
    const rpc = faultyRpc(deployed.chain.rpc);
    const { writer, log, data } = await submitted({ clock, rpc, policy: { bumpAfterMs: 1_000 } });
    await writer.step();
    const [first] = await attempts();
    await sealedByStranger(data);
    clock.advance(1_000);
    rpc.before = (method) => {
      if (method === "eth_sendRawTransaction") throw new Error("stopped by the test");
    };
    await writer.step().catch(() => undefined);
    rpc.before = () => {};
    expect(await attempts()).to.have.length(2);
    // The stranger's block vanishes, and the first attempt is mined after all.
    await deployed.node.rpc("anvil_reorg", 1, []);
    await deployed.node.rpc("anvil_dropAllTransactions");
    await deployed.node.rpc("eth_sendRawTransaction", hex(first?.raw ?? new Uint8Array()));
    await deployed.node.mine();
    await settled(writer);
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    expect((await intents())[0]?.tx_hash).to.equal(first?.hash);
  });

  it("fills the nonces that a false count left out, and its transaction takes effect", async () => {
    const clock = manualClock();
    const proxy = await startRpcProxy(deployed.node.url);
    const lie = (result: unknown) => `0x${(Number(result) + 3).toString(16)}`;
    proxy.rewrite = (method, result) =>
      method === "eth_getTransactionCount" ? lie(result) : result;
    const rpc = jsonRpc(proxy.url);
    const { writer, log } = await submitted({ clock, rpc, policy: { bumpAfterMs: 1_000 } });
    await writer.step();
    proxy.rewrite = (_method, result) => result;
    expect((await attempts())[0]?.nonce).to.equal(3);
    for (let round = 0; round < 16; round++) {
      clock.advance(1_000);
      await writer.step();
      await deployed.node.mine();
    }
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    const purposes = (await intents()).map(({ purpose, state }) => `${purpose} ${state}`);
    expect(purposes.slice(1)).to.deep.equal(["fill:0 final", "fill:1 final", "fill:2 final"]);
    const count = await deployed.node.rpc("eth_getTransactionCount", operator.address, "latest");
    expect(Number(count)).to.equal(4);
    await proxy.stop();
  });

  it("fills no abyss: a count that is far off is not believed, nor are thousands of nonces filled", async () => {
    const clock = manualClock();
    const common = loggingCommon(clock);
    const rpc = faultyRpc(deployed.chain.rpc);
    const far: Rpc = {
      place: rpc.place,
      async request(method, params) {
        const result = await rpc.request(method, params);
        return method === "eth_getTransactionCount" && params?.[1] === "latest" ? "0x5000" : result;
      },
    };
    const { writer } = await submitted({ rpc: far, clock, common });
    await writer.step();
    expect((await attempts())[0]?.nonce).to.equal(0);
  });

  it("signs for no nonce a second time, however low a client counts", async () => {
    const rpc = faultyRpc(deployed.chain.rpc);
    const late: Rpc = {
      place: rpc.place,
      request: async (method, params) =>
        method === "eth_getTransactionCount" ? "0x0" : rpc.request(method, params),
    };
    const { writer } = createWriter(deployed, store, { rpc: late });
    for (const index of [0, 1, 2]) {
      const data = new Uint8Array([index]);
      await writer.request({ purpose: `test:${index}`, to: `0x${"12".repeat(20)}`, data });
      await settled(writer);
    }
    expect((await attempts()).map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
  });

  it("believes the lowest count of several endpoints", async () => {
    const clock = manualClock();
    const high: Rpc = {
      place: "high",
      request: async (method, params) =>
        method === "eth_getTransactionCount" ? "0x4" : deployed.chain.rpc.request(method, params),
    };
    const common = testCommon(clock);
    const rpcs = [high, deployed.chain.rpc];
    const rpc = new RpcPool({ common, random: () => 0.5, rpcs, policy: localRpcPolicy });
    await rpc.watch();
    const { writer, log } = await submitted({ clock, rpc });
    await settled(writer);
    expect((await attempts()).map(({ nonce }) => nonce)).to.deep.equal([0]);
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
  });

  it("is not led to sign twice by a few false final counts", async () => {
    const rpc = faultyRpc(deployed.chain.rpc);
    let lies = 0;
    const lying: Rpc = {
      place: rpc.place,
      async request(method, params) {
        const result = await rpc.request(method, params);
        if (method !== "eth_getTransactionCount" || params?.[1] !== "finalized") return result;
        if (lies === 0) return result;
        lies -= 1;
        return "0x9";
      },
    };
    const { writer, log } = await submitted({ rpc: lying });
    await writer.step();
    lies = localChainPolicy.lostLooks - 1;
    for (let look = 0; look < 8; look++) await writer.step();
    expect(await attempts()).to.have.length(1);
    await settled(writer);
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
  });

  it("sends again what the pool forgot, more and more rarely", async () => {
    const clock = manualClock();
    const rpc = faultyRpc(deployed.chain.rpc);
    const policy = { firstRetryMs: 1_000, lastRetryMs: 60_000, bumpAfterMs: 10_000_000 };
    const { writer } = await submitted({ clock, rpc, policy });
    for (let look = 0; look < 120; look++) {
      await writer.step();
      await deployed.node.rpc("anvil_dropAllTransactions");
      clock.advance(5_000);
    }
    const sent = rpc.calls.filter((method) => method === "eth_sendRawTransaction").length;
    expect(sent).to.be.within(12, 25);
    expect(await attempts()).to.have.length(1);
  });

  it("signs nothing while the account is empty, says so once, and goes on when it is funded", async () => {
    const clock = manualClock();
    const common = loggingCommon(clock);
    const { writer, log } = await submitted({ clock, common });
    await deployed.node.rpc("anvil_setBalance", operator.address, "0x0");
    for (let step = 0; step < 5; step++) await writer.step();
    expect(await attempts()).to.have.length(0);
    expect(common.codes.filter((code) => code === "FUNDS_MISSING")).to.have.length(1);
    expect(writer.balance()).to.deep.include({ balanceWei: 0n, checkpoints: 0, isLow: true });
    await deployed.node.rpc("anvil_setBalance", operator.address, "0xde0b6b3a7640000");
    clock.advance(60_000);
    await settled(writer);
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    expect(writer.balance()?.isLow).to.equal(false);
  });

  it("warns of a balance that pays for few checkpoints, without anything to send", async () => {
    const clock = manualClock();
    const common = loggingCommon(clock);
    const policy = { lowBalanceCheckpoints: 10, secondsPerCheckpoint: 60 };
    const { writer } = createWriter(deployed, store, { common, policy });
    await writer.step();
    const seen = writer.balance();
    const cost = seen?.costWei ?? 0n;
    expect(seen?.isLow).to.equal(false);
    await deployed.node.rpc("anvil_setBalance", operator.address, `0x${(5n * cost).toString(16)}`);
    clock.advance(60_000);
    await writer.step();
    await writer.step();
    expect(writer.balance()).to.deep.include({ checkpoints: 5, isLow: true });
    expect(common.codes).to.deep.equal(["BALANCE_LOW"]);
    const lasts = await common.metrics.operatorBalanceLasts.get();
    expect(lasts.values[0]?.value).to.equal(300);
  });

  it("signs nothing while present fees are over the cap, and says so in a metric", async () => {
    const common = loggingCommon();
    const { writer, log } = await submitted({ common, policy: { feeCapWei: gwei / 1_000_000n } });
    await writer.step();
    expect(await attempts()).to.have.length(0);
    expect(common.codes).to.include("FEE_CAP");
    expect((await common.metrics.transactionsStuck.get()).values[0]?.value).to.equal(1);
    expect(await log.submission(0n)).to.deep.equal({ state: "waiting" });
  });

  it("goes on over the other endpoint when one dies in the middle, and uses it again when it is back", async () => {
    const clock = manualClock();
    const one = await startRpcProxy(deployed.node.url);
    const two = await startRpcProxy(deployed.node.url);
    const { chainId, genesisHash } = deployed.chain.identity;
    const rpc = new RpcPool({
      common: testCommon(clock),
      random: () => 0.5,
      rpcs: [jsonRpc(one.url), jsonRpc(two.url)],
      policy: localRpcPolicy,
    });
    rpc.expect({ chainId, genesisHash });
    const { writer, log } = await submitted({ clock, rpc });
    one.decide = (method) => (method === "eth_sendRawTransaction" ? "cut answer" : "pass");
    await writer.step();
    one.decide = () => "cut request";
    await settled(writer);
    expect(await log.submission(0n)).to.deep.equal({ state: "final" });
    expect(await attempts()).to.have.length(1);
    one.decide = () => "pass";
    clock.advance(60_000);
    await rpc.watch();
    two.calls.length = 0;
    await rpc.request("eth_blockNumber");
    expect(two.calls).to.deep.equal([]);
    await one.stop();
    await two.stop();
  });
});
