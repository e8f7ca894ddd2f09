import { deviceIdOf, equalBytes, FieldsealError, fromHex } from "@fieldseal/sdk";
import { expect } from "chai";
import { createFollower, type Follower } from "../../../oracle/src/chain/follower.ts";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { leafOfFacts } from "../../../oracle/src/store/blobs.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { startAnvil, startHardhatNode } from "../../support/chain.ts";
import {
  farDeadline,
  newSigner,
  type RegistryActions,
  registryActions,
  type TestDevice,
} from "../../support/registry-actions.ts";
import { testCommon } from "../../support/service.ts";
import {
  type DeployedChain,
  deployedChain,
  faultyRpc,
  graceSeconds,
  ownerKey,
  temporaryStore,
} from "./fixture.ts";

const rehomeDelayS = 24 * 3_600;
const recoveryDelayS = 7 * 24 * 3_600;

function follow(
  { chain, deployment }: DeployedChain,
  store: Store,
  rpc: Rpc = chain.rpc,
): Promise<Follower> {
  return createFollower({
    common: testCommon(),
    store,
    rpc,
    identity: chain.identity,
    deployBlock: deployment.deployBlock,
    graceSeconds,
    pollMs: 10,
    lookMs: 10,
  });
}

/** A message of `device` as ingest leaves it; returns its id. */
async function unsealedMessage(
  db: Store["db"],
  { id }: TestDevice,
  acceptedBlock: number,
  keyIndex = 0,
): Promise<number> {
  const last = await db
    .selectFrom("unsealed")
    .select("message_id")
    .orderBy("message_id", "desc")
    .executeTakeFirst();
  const message_id = (last?.message_id ?? 0) + 1;
  const facts = { device: id, keyIndex, sequence: BigInt(message_id), root: new Uint8Array(32) };
  const row = { leaf: leafOfFacts(facts), accepted_block: acceptedBlock, valid_until_block: null };
  await db
    .insertInto("unsealed")
    .values({ message_id, ...row })
    .execute();
  return message_id;
}

const clients = [
  ["anvil", () => startAnvil()],
  ["Hardhat's node", () => startHardhatNode()],
] as const;

for (const [name, start] of clients) {
  describe(`follower of the registry on ${name}`, () => {
    let deployed: DeployedChain;
    let folder: Awaited<ReturnType<typeof temporaryStore>>;
    let store: Store;
    let owner: RegistryActions;
    let home: bigint;

    before(async () => {
      deployed = await deployedChain(start);
      const { chainId, registry, logId } = deployed.chain.identity;
      home = logId;
      owner = registryActions(deployed.chain.provider, chainId, registry, ownerKey);
    });
    after(() => deployed.stop());
    beforeEach(async () => {
      await deployed.reset();
      folder = await temporaryStore();
      store = folder.store;
    });
    afterEach(() => folder.remove());

    const validUntil = async (id: number) => {
      const query = store.db
        .selectFrom("unsealed")
        .select("valid_until_block")
        .where("message_id", "=", id);
      return (await query.executeTakeFirstOrThrow()).valid_until_block;
    };
    const head = async () => Number(await deployed.node.rpc("eth_blockNumber"));
    /** Lets block time pass: mines a block `seconds` later, and finalizes it. */
    const pass = async (seconds: number) => {
      await deployed.node.rpc("evm_increaseTime", seconds);
      await deployed.node.mine(4);
    };

    it("knows devices of both key types once their enrolment is final", async () => {
      const follower = await follow(deployed, store);
      const devices = [await owner.enrol(1, home), await owner.enrol(2, 0n)];
      await deployed.node.mine(3);
      await follower.step();
      for (const [index, { id, signer }] of devices.entries()) {
        const known = follower.directory.lookup(id);
        expect(known).to.include({ status: "active", currentKeyIndex: 0 });
        expect(known?.home).to.equal(index === 0 ? home : 0n);
        const key = known?.key(0);
        expect(key?.key.keyType).to.equal(signer.publicKey.keyType);
        expect(equalBytes(key?.key.point ?? fromHex("0x"), signer.publicKey.point)).to.equal(true);
        expect(known?.key(1)).to.equal(undefined);
      }
    });

    it("knows a device that was claimed from a manifest, and devices that came in a batch", async () => {
      const follower = await follow(deployed, store);
      const made = [newSigner(1), newSigner(2), newSigner(2)];
      const claimed = await owner.commitAndClaim(made, 2, home);
      const batch = [newSigner(1), newSigner(2)];
      const items = await Promise.all(
        batch.map(async (signer) => {
          const [key, , , signature] = await owner.signEnrolment(signer, home);
          return { key, signature };
        }),
      );
      await owner.send("enrolMany", owner.owner, home, farDeadline, items, "0x");
      await deployed.node.mine(3);
      await follower.step();
      for (const { publicKey } of [claimed.signer, ...batch]) {
        const known = follower.directory.lookup(deviceIdOf(publicKey));
        expect(known).to.include({ status: "active", currentKeyIndex: 0, home });
        const point = known?.key(0)?.key.point ?? fromHex("0x");
        expect(equalBytes(point, publicKey.point)).to.equal(true);
      }
    });

    it("follows the recovery of a lost key as it follows a rotation", async () => {
      const follower = await follow(deployed, store);
      const device = await owner.enrol(2, home);
      const next = newSigner(1);
      const [lost] = await owner.signEnrolment(device.signer, home);
      const [recovered] = await owner.signEnrolment(next, home);
      await owner.send("announceKeyRecovery", device.id, recovered, true);
      await deployed.node.mine(3);
      await follower.step();
      expect(follower.directory.lookup(device.id)).to.include({ currentKeyIndex: 0 });
      await pass(recoveryDelayS);
      await owner.send("completeKeyRecovery", device.id, lost, recovered);
      await deployed.node.mine(3);
      await follower.step();
      const known = follower.directory.lookup(device.id);
      expect(known).to.include({ currentKeyIndex: 1 });
      expect(known?.key(0)).to.include({ compromised: true });
      const point = known?.key(1)?.key.point ?? fromHex("0x");
      expect(equalBytes(point, next.publicKey.point)).to.equal(true);
    });

    it("follows suspension, resumption and retirement", async () => {
      const follower = await follow(deployed, store);
      const { id } = await owner.enrol(2, home);
      const statuses: unknown[] = [];
      for (const action of ["suspend", "resume", "retire"]) {
        await owner.send(action, id);
        await deployed.node.mine(3);
        await follower.step();
        statuses.push(follower.directory.lookup(id)?.status);
      }
      expect(statuses).to.deep.equal(["suspended", "active", "retired"]);
    });

    it("takes a rotated key to the end of its grace and a leaked one not at all", async () => {
      const follower = await follow(deployed, store);
      const first = await owner.enrol(2, home);
      const second = await owner.rotate(first, 1, false);
      await owner.rotate(second, 2, true);
      const rotated = await deployed.chain.provider.getBlock((await head()) - 1);
      await deployed.node.mine(3);
      await follower.step();
      const known = follower.directory.lookup(first.id);
      expect(known?.currentKeyIndex).to.equal(2);
      expect(known?.key(0)).to.include({
        compromised: false,
        untilTimeS: (rotated?.timestamp ?? 0) + graceSeconds,
      });
      expect(known?.key(1)).to.include({ compromised: true });
      expect(known?.key(2)).not.to.have.property("untilTimeS");
      expect(
        equalBytes(known?.key(1)?.key.point ?? fromHex("0x"), second.signer.publicKey.point),
      ).to.equal(true);
    });

    it("moves a device to its announced home when block time comes to it", async () => {
      const follower = await follow(deployed, store);
      const { id } = await owner.enrol(2, home);
      await owner.send("setHome", id, 77n);
      await deployed.node.mine(3);
      await follower.step();
      expect(follower.directory.lookup(id)?.home).to.equal(home);
      const message = await unsealedMessage(
        store.db,
        { id } as TestDevice,
        follower.directory.judgedBlock().number,
      );
      const { number: before } = follower.directory.judgedBlock();
      await pass(rehomeDelayS);
      await follower.step();
      expect(follower.directory.lookup(id)?.home).to.equal(77n);
      expect(await validUntil(message)).to.equal(before);
    });

    it("notes the last block at which an unsealed message is acceptable when its device is suspended", async () => {
      const follower = await follow(deployed, store);
      const device = await owner.enrol(2, home);
      const other = await owner.enrol(2, home);
      await deployed.node.mine(3);
      await follower.step();
      const { number } = follower.directory.judgedBlock();
      const message = await unsealedMessage(store.db, device, number);
      const untouched = await unsealedMessage(store.db, other, number);
      await owner.send("suspend", device.id);
      const suspended = await head();
      await deployed.node.mine(3);
      await follower.step();
      expect(await validUntil(message)).to.equal(suspended - 1);
      expect(await validUntil(untouched)).to.equal(null);
      await owner.send("resume", device.id);
      await deployed.node.mine(3);
      await follower.step();
      expect(await validUntil(message)).to.equal(suspended - 1);
    });

    it("ends the messages of a rotated key when block time passes its grace", async () => {
      const follower = await follow(deployed, store);
      const device = await owner.enrol(1, home);
      await owner.rotate(device, 1, false);
      await deployed.node.mine(3);
      await follower.step();
      const { number } = follower.directory.judgedBlock();
      const old = await unsealedMessage(store.db, device, number, 0);
      const current = await unsealedMessage(store.db, device, number, 1);
      await pass(1);
      await follower.step();
      expect(await validUntil(old)).to.equal(null);
      const { number: last } = follower.directory.judgedBlock();
      await pass(graceSeconds + 1);
      await follower.step();
      expect(await validUntil(old)).to.equal(last);
      expect(await validUntil(current)).to.equal(null);
    });

    it("ends a leaked key's messages at the block before the rotation", async () => {
      const follower = await follow(deployed, store);
      const device = await owner.enrol(2, home);
      await deployed.node.mine(3);
      await follower.step();
      const message = await unsealedMessage(
        store.db,
        device,
        follower.directory.judgedBlock().number,
      );
      await owner.rotate(device, 1, true);
      const rotated = await head();
      await deployed.node.mine(3);
      await follower.step();
      expect(await validUntil(message)).to.equal(rotated - 1);
    });

    it("goes on after a restart from what the store holds", async () => {
      const first = await follow(deployed, store);
      const device = await owner.enrol(2, home);
      await deployed.node.mine(3);
      await first.step();
      const judged = first.directory.judgedBlock();
      store = await folder.reopen();
      const rpc = faultyRpc(deployed.chain.rpc);
      const second = await follow(deployed, store, rpc);
      expect(second.directory.judgedBlock()).to.deep.equal(judged);
      expect(second.directory.lookup(device.id)).to.include({ status: "active" });
      await second.step();
      expect(rpc.calls).not.to.include("eth_getLogs");
    });

    it("halves the range of blocks that the client refuses", async () => {
      const device = await owner.enrol(2, home);
      await deployed.node.mine(40);
      const rpc = faultyRpc(deployed.chain.rpc);
      rpc.before = (method, [filter]) => {
        if (method !== "eth_getLogs") return;
        const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
        if (Number(toBlock) - Number(fromBlock) > 7) {
          throw new FieldsealError("CHAIN_RPC", "eth_getLogs: block range too large");
        }
      };
      const follower = await follow(deployed, store, rpc);
      await follower.step();
      expect(follower.directory.lookup(device.id)).to.include({ status: "active" });
      expect(rpc.calls.filter((method) => method === "eth_getLogs").length).to.be.greaterThan(5);
    });

    it("changes nothing when the chain is lost in the middle of a step", async () => {
      const rpc = faultyRpc(deployed.chain.rpc);
      const follower = await follow(deployed, store, rpc);
      const { id } = await owner.enrol(2, home);
      await deployed.node.mine(3);
      rpc.before = (method) => {
        if (method === "eth_call") throw new FieldsealError("CHAIN_UNREACHABLE", "cut by the test");
      };
      const error = await follower.step().catch((e: unknown) => e);
      expect(error).to.have.property("code", "CHAIN_UNREACHABLE");
      expect(follower.directory.lookup(id)).to.equal(undefined);
      expect(await store.db.selectFrom("followed").selectAll().execute()).to.deep.equal([]);
      rpc.before = () => {};
      await follower.step();
      expect(follower.directory.lookup(id)).to.include({ status: "active" });
    });

    it("refuses to go on when a block that was final is another one", async () => {
      const follower = await follow(deployed, store);
      await follower.step();
      await store.db
        .updateTable("followed")
        .set({ hash: `0x${"00".repeat(32)}` })
        .execute();
      store = await folder.reopen();
      await deployed.node.mine(5);
      const second = await follow(deployed, store);
      const error = await second.step().catch((e: unknown) => e);
      expect(error).to.have.property("code", "CHAIN_HISTORY_CHANGED");
    });
  });
}

describe("follower of the registry and finality", () => {
  let deployed: DeployedChain;
  let folder: Awaited<ReturnType<typeof temporaryStore>>;
  before(async () => {
    deployed = await deployedChain();
    folder = await temporaryStore();
  });
  after(async () => {
    await folder.remove();
    await deployed.stop();
  });

  it("believes nothing before it is final, so that a reorganisation changes nothing", async () => {
    const { chain, node } = deployed;
    const { chainId, registry, logId } = chain.identity;
    const owner = registryActions(chain.provider, chainId, registry, ownerKey);
    const follower = await follow(deployed, folder.store);
    const { id } = await owner.enrol(2, logId);
    await follower.step();
    expect(follower.directory.lookup(id)).to.equal(undefined);
    await node.rpc("anvil_reorg", 1, []);
    await node.mine(3);
    await follower.step();
    expect(follower.directory.lookup(id)).to.equal(undefined);
    const kept = await owner.enrol(2, logId);
    await node.mine(2);
    await follower.step();
    expect(follower.directory.lookup(kept.id)).to.include({ status: "active" });
  });
});
