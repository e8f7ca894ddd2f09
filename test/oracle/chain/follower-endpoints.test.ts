import { expect } from "chai";
import { createFollower, type Follower } from "../../../oracle/src/chain/follower.ts";
import { jsonRpc } from "../../../oracle/src/chain/json-rpc.ts";
import { localRpcPolicy, RpcPool } from "../../../oracle/src/chain/rpc-pool.ts";
import { registryActions } from "../../support/registry-actions.ts";
import { type RpcProxy, startRpcProxy } from "../../support/rpc-proxy.ts";
import { testCommon } from "../../support/service.ts";
import {
  type DeployedChain,
  deployedChain,
  graceSeconds,
  ownerKey,
  temporaryStore,
} from "./fixture.ts";

const isBlock = (method: string) => method === "eth_getBlockByNumber";

describe("follower over two endpoints", () => {
  let deployed: DeployedChain;
  let folder: Awaited<ReturnType<typeof temporaryStore>>;
  let one: RpcProxy;
  let two: RpcProxy;
  let follower: Follower;

  before(async () => {
    deployed = await deployedChain();
  });
  after(() => deployed.stop());
  beforeEach(async () => {
    await deployed.reset();
    folder = await temporaryStore();
    one = await startRpcProxy(deployed.node.url);
    two = await startRpcProxy(deployed.node.url);
    const common = testCommon();
    const { identity } = deployed.chain;
    const rpcs = [jsonRpc(one.url), jsonRpc(two.url)];
    const rpc = new RpcPool({ common, random: () => 0.5, rpcs, policy: localRpcPolicy });
    rpc.expect(identity);
    follower = await createFollower({
      common,
      store: folder.store,
      rpc,
      identity,
      deployBlock: deployed.deployment.deployBlock,
      graceSeconds,
      pollMs: 10,
      lookMs: 10,
    });
    await follower.step();
    await follower.look();
  });
  afterEach(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await folder.remove();
  });

  async function enrolled() {
    const { chainId, registry, logId } = deployed.chain.identity;
    const { id } = await registryActions(
      deployed.chain.provider,
      chainId,
      registry,
      ownerKey,
    ).enrol(2, logId);
    await deployed.node.mine(3);
    return id;
  }

  it("goes on with the other when one shows another block where one was final", async () => {
    const id = await enrolled();
    const followed = follower.directory.judgedBlock().number;
    one.rewrite = (method, result, [tag]) =>
      isBlock(method) && Number(tag) === followed
        ? { ...(result as object), hash: `0x${"66".repeat(32)}` }
        : result;
    await follower.step();
    expect(follower.directory.lookup(id)).to.include({ status: "active" });
    expect(follower.directory.judgedBlock().number).to.be.above(followed);
  });

  it("goes on with the other when one breaks off in the middle of a step", async () => {
    const id = await enrolled();
    one.decide = (method) => (method === "eth_call" ? "cut answer" : "pass");
    await follower.step();
    expect(follower.directory.lookup(id)).to.include({ status: "active" });
  });

  it("goes on with the other when one answers a call with what is no answer to it", async () => {
    const id = await enrolled();
    one.rewrite = (method, result) => (method === "eth_getLogs" ? { none: true } : result);
    await follower.step();
    expect(follower.directory.lookup(id)).to.include({ status: "active" });
  });

  it("does not follow an endpoint back whose finalized block is older", async () => {
    const id = await enrolled();
    await follower.step();
    const { number } = follower.directory.judgedBlock();
    const old = await deployed.node.rpc("eth_getBlockByNumber", "0x1", false);
    one.rewrite = (method, result, [tag]) =>
      isBlock(method) && tag === "finalized" ? old : result;
    await follower.step();
    expect(follower.directory.judgedBlock().number).to.equal(number);
    expect(follower.directory.lookup(id)).to.include({ status: "active" });
  });

  it("gives up a newest block far ahead that nobody confirms, in the end", async () => {
    const head = async () => Number(await deployed.node.rpc("eth_blockNumber"));
    const before = await head();
    const snapshot = await deployed.node.rpc("evm_snapshot");
    await deployed.node.mine(20);
    await follower.look();
    expect(follower.newestBlock().number).to.equal(before + 20);
    await deployed.node.rpc("evm_revert", snapshot);
    await follower.look();
    expect(follower.newestBlock().number).to.equal(before + 20);
    for (let look = 0; look < 61; look++) await follower.look();
    expect(follower.newestBlock().number).to.equal(before);
  });

  it("believes no newest block of which an endpoint has no events", async () => {
    one.rewrite = (method, result, [tag]) =>
      isBlock(method) && tag === "latest" ? { ...(result as object), number: "0xffffff" } : result;
    await follower.look();
    const head = Number(await deployed.node.rpc("eth_blockNumber"));
    expect(follower.newestBlock().number).to.equal(head);
  });
});
