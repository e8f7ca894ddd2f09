import { accessGrantsAbi, type DeviceId, permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import { Contract, computeAddress, Wallet, ZeroHash } from "ethers";
import { createRights } from "../../../oracle/src/access/rights.ts";
import { createFollower, type Follower } from "../../../oracle/src/chain/follower.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import type { Hex } from "../../../oracle/src/chain/types.ts";
import { testKey } from "../../support/chain.ts";
import { type RegistryActions, registryActions } from "../../support/registry-actions.ts";
import { testCommon } from "../../support/service.ts";
import { until } from "../../support/until.ts";
import {
  type DeployedChain,
  deployedChain,
  faultyRpc,
  graceSeconds,
  ownerKey,
  temporaryStore,
} from "./fixture.ts";

const { READ, COMMAND, EMERGENCY } = permissions;
const noEnd = 0xff_ffff_ffffn;
const guestKey = testKey(5);
const guest = computeAddress(guestKey).toLowerCase() as Hex;

describe("follower of the grants", () => {
  let deployed: DeployedChain;
  let folder: Awaited<ReturnType<typeof temporaryStore>>;
  let owner: RegistryActions;
  let device: DeviceId;

  before(async () => {
    deployed = await deployedChain();
    const { chainId, registry } = deployed.chain.identity;
    owner = registryActions(deployed.chain.provider, chainId, registry, ownerKey);
  });
  after(() => deployed.stop());
  beforeEach(async () => {
    await deployed.reset();
    folder = await temporaryStore();
    device = (await owner.enrol(2, 1n)).id;
    await finalize();
  });
  afterEach(() => folder.remove());

  const finalize = () => deployed.node.mine(3);
  const grants = (key = ownerKey) => {
    const wallet = new Wallet(key, deployed.chain.provider);
    return new Contract(deployed.chain.identity.grants, accessGrantsAbi, wallet);
  };
  const send = async (name: string, args: readonly unknown[], key = ownerKey) => {
    const contract = grants(key);
    const { address } = new Wallet(key);
    const nonce = await deployed.chain.provider.getTransactionCount(address, "pending");
    await contract.getFunction(name).send(...args, { nonce, gasLimit: 1_000_000 });
  };
  const give = (bits: bigint, subject: string = device, until = noEnd) =>
    send("grant", [
      { subject, grantee: guest, permissions: bits, from: 0, until, purpose: ZeroHash },
    ]);
  const follow = (store = folder.store, rpc: Rpc = deployed.chain.rpc) =>
    createFollower({
      common: testCommon(),
      store,
      rpc,
      identity: deployed.chain.identity,
      deployBlock: deployed.deployment.deployBlock,
      graceSeconds,
      pollMs: 10,
      lookMs: 10,
    });
  const holds = (follower: Follower, bits: bigint = READ) => {
    const rights = createRights({
      devices: follower.directory,
      finalGrants: () => follower.grants,
      newestGrants: follower.newestGrants,
      nowS: () => follower.newestBlock().timeS,
    });
    return rights.holds(device, guest, bits) !== undefined;
  };
  const seen = async (follower: Follower) => {
    await follower.step();
    await follower.look();
    return holds(follower);
  };

  it("gives a right when its grant is final, not before", async () => {
    const follower = await follow();
    await give(READ);
    expect(await seen(follower)).to.equal(false);
    await finalize();
    expect(await seen(follower)).to.equal(true);
  });

  it("takes a right away in the newest block, before that is final, and by every way there is", async () => {
    const follower = await follow();
    const ways: [name: string, args: () => readonly unknown[], registry?: boolean][] = [
      ["revoke", () => [device, owner.owner, guest]],
      ["revokeAll", () => [device]],
      ["grant", () => []],
    ];
    for (const [name, args] of ways) {
      await give(READ);
      await finalize();
      expect(await seen(follower), `before ${name}`).to.equal(true);
      if (name === "grant") await give(COMMAND);
      else await send(name, args());
      await follower.look();
      expect(holds(follower), name).to.equal(false);
      await finalize();
      expect(await seen(follower), `${name}, final`).to.equal(false);
    }
  });

  it("tells its listeners of a block that takes something away, and of nothing new nothing", async () => {
    const follower = await follow();
    await give(READ);
    await finalize();
    await seen(follower);
    let told = 0;
    follower.onChange(() => {
      told++;
    });
    await follower.look();
    expect(told).to.equal(0);
    await send("revoke", [device, owner.owner, guest]);
    await until("being told", async () => {
      await follower.look();
      return told > 0;
    });
    await follower.look();
    expect(told).to.equal(1);
    expect(holds(follower)).to.equal(false);
  });

  it("forgets what a reorganisation undid", async () => {
    const follower = await follow();
    await give(READ);
    await finalize();
    expect(await seen(follower)).to.equal(true);
    await send("revoke", [device, owner.owner, guest]);
    await follower.look();
    expect(holds(follower)).to.equal(false);
    await deployed.node.rpc("anvil_reorg", 1, []);
    await follower.look();
    expect(holds(follower)).to.equal(true);
  });

  it("does not give back what was taken when a client answers that is behind", async () => {
    let behind: unknown;
    const lagging: Rpc = {
      ...deployed.chain.rpc,
      request: async (method, params = []) =>
        behind !== undefined && params[0] === "latest"
          ? behind
          : deployed.chain.rpc.request(method, params),
    };
    const follower = await follow(folder.store, lagging);
    await give(READ);
    await finalize();
    expect(await seen(follower)).to.equal(true);
    const before = await deployed.chain.rpc.request("eth_getBlockByNumber", ["latest", false]);
    await send("revoke", [device, owner.owner, guest]);
    await follower.look();
    expect(holds(follower)).to.equal(false);
    behind = before;
    await follower.look();
    expect(holds(follower)).to.equal(false);
  });

  it("does not follow a client back, nor one that lacks what was final", async () => {
    const odd = new Map<unknown, unknown>();
    const rpc: Rpc = {
      ...deployed.chain.rpc,
      request: async (method, params = []) =>
        odd.has(params[0]) ? odd.get(params[0]) : deployed.chain.rpc.request(method, params),
    };
    const follower = await follow(folder.store, rpc);
    const early = await deployed.chain.rpc.request("eth_getBlockByNumber", ["finalized", false]);
    await give(READ);
    await finalize();
    expect(await seen(follower)).to.equal(true);
    const { number } = follower.directory.judgedBlock();
    odd.set("finalized", early);
    await follower.step();
    expect(follower.directory.judgedBlock().number).to.equal(number);
    odd.clear();
    odd.set(`0x${number.toString(16)}`, null);
    await finalize();
    await follower.step();
    expect(follower.directory.judgedBlock().number).to.equal(number);
    odd.clear();
    await follower.step();
    expect(follower.directory.judgedBlock().number).to.be.greaterThan(number);
    expect(holds(follower)).to.equal(true);
  });

  it("follows fleet grants, emergency windows and their end", async () => {
    const follower = await follow();
    await give(EMERGENCY, owner.owner);
    await finalize();
    await seen(follower);
    expect(holds(follower, COMMAND)).to.equal(false);
    await send("openEmergency", [device, owner.owner, ZeroHash], guestKey);
    await finalize();
    await seen(follower);
    expect(holds(follower, COMMAND)).to.equal(true);
    await deployed.node.rpc("evm_increaseTime", 3601);
    await finalize();
    await seen(follower);
    expect(holds(follower, COMMAND)).to.equal(false);
  });

  it("knows the grants again after a restart, without asking the chain for old ones", async () => {
    await give(READ);
    await finalize();
    await (await follow()).step();
    const rpc = faultyRpc(deployed.chain.rpc);
    const again = await follow(await folder.reopen(), rpc);
    expect(holds(again)).to.equal(true);
    expect(rpc.calls).to.deep.equal([]);
  });

  it("keeps what it knew when the chain goes away in the middle of a look", async () => {
    await give(READ);
    await finalize();
    const rpc = faultyRpc(deployed.chain.rpc);
    const follower = await follow(folder.store, rpc);
    expect(await seen(follower)).to.equal(true);
    await send("revoke", [device, owner.owner, guest]);
    rpc.before = (method) => {
      if (method === "eth_call") throw new Error("gone");
    };
    await follower.look().catch(() => undefined);
    expect(holds(follower)).to.equal(true);
    rpc.before = () => {};
    await follower.look();
    expect(holds(follower)).to.equal(false);
  });
});
