import { buildTree, checkpointLeaf, decodeReceipt, hex, leafHash, treeRoot } from "@fieldseal/sdk";
import { expect } from "chai";
import { checkpointByIndex } from "../../../oracle/src/store/checkpoints.ts";
import { messagesOfCheckpoint } from "../../../oracle/src/store/messages.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { splitRoots, upperTree } from "../../../oracle/src/store/subtrees.ts";
import { removeFolders, startMs } from "../ingest/fixture.ts";
import { factsOf, follow, type SealFixture, sealFixture, storeMessages } from "./fixture.ts";

const count = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => factsOf(from + i));

async function placed(store: Store, index: number) {
  const messages = [];
  for await (const message of messagesOfCheckpoint(store, index)) messages.push(message);
  return messages;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("sealer", () => {
  let fixture: SealFixture;
  beforeEach(async () => {
    fixture = await sealFixture();
  });
  afterEach(async () => {
    await fixture.store.close();
    removeFolders();
  });

  const restart = async () => {
    const { store, path, chain, receipts } = fixture;
    await store.close();
    chain.revive();
    fixture = await sealFixture({}, path, chain, receipts);
  };
  const state = async (index: number) => (await checkpointByIndex(fixture.store, index))?.state;

  it("seals what waits in the order of the leaves, and the root is the tree's over them", async () => {
    await storeMessages(fixture.store, count(0, 20));
    await fixture.sealer.step();
    fixture.chain.mine();
    const messages = await placed(fixture.store, 0);
    const leaves = messages.map((message) => Buffer.from(checkpointLeaf(message)));
    expect(leaves).to.eql([...leaves].sort(Buffer.compare));
    expect(fixture.chain.sealed()).to.have.length(1);
    const root = hex(treeRoot(leaves.map((leaf) => leafHash(leaf))));
    expect(fixture.chain.sealed()[0]).to.include({ root, size: 20n, judgedBlock: 10n });
  });

  it("keeps the roots of its subtrees of 256 leaves, from which the upper part of every path is made", async () => {
    await storeMessages(fixture.store, count(0, 700));
    await fixture.sealer.step();
    const checkpoint = await checkpointByIndex(fixture.store, 0);
    const kept = await fixture.store.read
      .selectFrom("checkpoint_trees")
      .select("subtree_roots")
      .executeTakeFirstOrThrow();
    const roots = splitRoots(kept.subtree_roots);
    const messages = await placed(fixture.store, 0);
    const hashes = messages.map((message) => leafHash(checkpointLeaf(message)));
    const whole = buildTree(hashes);
    expect(roots).to.have.length(3);
    expect(whole.root).to.eql(new Uint8Array(checkpoint?.root ?? []));
    for (const leaf of [0, 255, 256, 511, 512, 699]) {
      const subtree = Math.floor(leaf / 256);
      const below = buildTree(hashes.slice(256 * subtree, 256 * subtree + 256)).path(leaf % 256);
      expect([...below, ...upperTree(roots).path(subtree)]).to.eql(whole.path(leaf));
    }
  });

  it("waits until enough messages are there or the oldest is old enough", async () => {
    await fixture.store.close();
    fixture = await sealFixture({ maxMessages: 3 });
    await storeMessages(fixture.store, count(0, 2));
    await fixture.sealer.step();
    expect(await state(0)).to.equal(undefined);
    fixture.clock.ms = startMs + 59_999;
    await fixture.sealer.step();
    expect(await state(0)).to.equal(undefined);
    fixture.clock.ms = startMs + 60_000;
    await fixture.sealer.step();
    expect(await state(0)).to.equal("submitted");
    fixture.chain.mine();
    await storeMessages(fixture.store, count(2, 5), { receivedAtMs: fixture.clock.ms });
    await fixture.sealer.step();
    expect(await state(1)).to.equal("submitted");
  });

  it("does not wait for the clock to come back when it was set back", async () => {
    await fixture.store.close();
    fixture = await sealFixture({ maxMessages: 3 });
    await storeMessages(fixture.store, count(0, 2));
    fixture.clock.ms = startMs - 3_600_000;
    await fixture.sealer.step();
    expect(await state(0)).to.equal("submitted");
  });

  it("seals no empty checkpoint, however long nothing comes", async () => {
    fixture.clock.ms += 1_000_000;
    await fixture.sealer.step();
    expect(fixture.chain.submitted()).to.equal(0);
  });

  it("takes the oldest first when there are more than one checkpoint holds", async () => {
    await fixture.store.close();
    fixture = await sealFixture({ maxPerCheckpoint: 4 });
    await storeMessages(fixture.store, count(0, 10));
    for (let round = 0; round < 6; round++) {
      await fixture.sealer.step();
      fixture.chain.mine();
    }
    expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([4n, 4n, 2n]);
    const first = await placed(fixture.store, 0);
    expect(first.map(({ sequence }) => Number(sequence)).sort()).to.eql([0, 1, 2, 3]);
  });

  it("takes the oldest of a queue that is longer than what it reads at once", async () => {
    await fixture.store.close();
    fixture = await sealFixture({ maxPerCheckpoint: 2100 });
    await storeMessages(fixture.store, count(0, 2200));
    await fixture.sealer.step();
    const first = await placed(fixture.store, 0);
    const sequences = first.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b);
    expect(sequences).to.eql(Array.from({ length: 2100 }, (_, number) => number));
  });

  it("sends each device its sealed receipt once the checkpoint is final, not before", async () => {
    await storeMessages(fixture.store, count(0, 5));
    await fixture.sealer.step();
    fixture.chain.mine();
    await fixture.sealer.step();
    expect(await state(0)).to.equal("sealed");
    expect(fixture.receipts).to.eql([]);
    fixture.chain.finalize();
    await fixture.sealer.step();
    expect(await state(0)).to.equal("final");
    expect(fixture.receipts).to.have.length(5);
    const receipt = decodeReceipt(fixture.receipts[0]?.receipt ?? new Uint8Array());
    expect(receipt).to.include({ t: "sealed", checkpoint: 0n, size: 5n, index: 0n });
    await fixture.sealer.step();
    expect(fixture.receipts).to.have.length(5);
  });

  it("finishes its receipts although one cannot be delivered", async () => {
    await storeMessages(fixture.store, count(0, 3));
    await fixture.sealer.step();
    fixture.chain.mine();
    fixture.chain.finalize();
    fixture.receipts.push = () => {
      throw new Error("offline");
    };
    await fixture.sealer.step();
    expect((await checkpointByIndex(fixture.store, 0))?.receiptsSent).to.equal(true);
  });

  describe("judging", () => {
    it("judges at the last block at which all that waits was acceptable, and the rest later", async () => {
      await storeMessages(fixture.store, count(0, 2), { acceptedBlock: 8 });
      await storeMessages(fixture.store, count(2, 4), { acceptedBlock: 15 });
      await fixture.store.db
        .updateTable("unsealed")
        .set({ valid_until_block: 12 })
        .where("message_id", "=", 1)
        .execute();
      await follow(fixture.store, 20);
      await fixture.sealer.step();
      fixture.chain.mine();
      await fixture.sealer.step();
      fixture.chain.mine();
      const sealed = fixture.chain.sealed().map(({ judgedBlock, size }) => [judgedBlock, size]);
      expect(sealed).to.eql([
        [12n, 2n],
        [20n, 2n],
      ]);
    });

    it("builds nothing before it follows a block", async () => {
      await fixture.store.db.deleteFrom("followed").execute();
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      expect(await state(0)).to.equal(undefined);
    });
  });

  describe("when the chain changes its mind", () => {
    it("takes a vanished checkpoint back and finds it again in its new block", async () => {
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      fixture.chain.mine();
      await fixture.sealer.step();
      const first = (await checkpointByIndex(fixture.store, 0))?.sealing?.sealedAtS;
      fixture.chain.reorganise(1);
      await fixture.sealer.step();
      expect(await state(0)).to.equal("submitted");
      fixture.chain.mine();
      await fixture.sealer.step();
      expect(await state(0)).to.equal("sealed");
      const second = (await checkpointByIndex(fixture.store, 0))?.sealing?.sealedAtS;
      expect(second).to.be.greaterThan(first ?? 0);
    });

    it("signs the next checkpoint anew when the one before got another commitment", async () => {
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      fixture.chain.mine();
      await storeMessages(fixture.store, count(2, 4));
      await fixture.sealer.step();
      fixture.chain.reorganise(1);
      for (let round = 0; round < 4; round++) {
        fixture.chain.mine();
        await fixture.sealer.step();
      }
      expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([2n, 2n]);
      expect(await state(1)).to.equal("sealed");
    });

    it("builds no checkpoint while the one before is not on the chain", async () => {
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      await storeMessages(fixture.store, count(2, 4));
      await fixture.sealer.step();
      expect(await state(0)).to.equal("submitted");
      expect(await state(1)).to.equal(undefined);
      fixture.chain.mine();
      await fixture.sealer.step();
      expect(await state(1)).to.equal("submitted");
    });

    it("signs anew for a new epoch of the committee", async () => {
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      fixture.chain.nextEpoch();
      fixture.chain.mine();
      await fixture.sealer.step();
      fixture.chain.mine();
      expect(fixture.chain.sealed()[0]).to.include({ epoch: 1, size: 2n });
      await fixture.sealer.step();
      expect((await checkpointByIndex(fixture.store, 0))?.epoch).to.equal(1);
    });

    it("stops with CHECKPOINT_FOREIGN when the chain is ahead of the data folder", async () => {
      fixture.chain.sealForeign(0n, `0x${"11".repeat(32)}`);
      await storeMessages(fixture.store, count(0, 2));
      expect(await errorOf(fixture.sealer.step())).to.include({ code: "CHECKPOINT_FOREIGN" });
      expect(await state(0)).to.equal(undefined);
    });

    it("stops with CHECKPOINT_FOREIGN when another checkpoint took its index", async () => {
      await storeMessages(fixture.store, count(0, 2));
      await fixture.sealer.step();
      fixture.chain.sealForeign(0n, `0x${"11".repeat(32)}`);
      expect(await errorOf(fixture.sealer.step())).to.include({ code: "CHECKPOINT_FOREIGN" });
    });
  });

  describe("after a crash", () => {
    it("goes on from any call to the chain, with one checkpoint and no message twice", async () => {
      for (let calls = 1; calls <= 12; calls++) {
        await fixture.store.close();
        fixture = await sealFixture();
        await storeMessages(fixture.store, count(0, 9));
        fixture.chain.crashAt(calls);
        for (let round = 0; round < 4; round++) {
          await errorOf(fixture.sealer.step());
          fixture.chain.mine();
        }
        await restart();
        for (let round = 0; round < 3; round++) {
          await fixture.sealer.step();
          fixture.chain.mine();
          fixture.chain.finalize();
        }
        expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([9n]);
        expect(await state(0)).to.equal("final");
      }
    });

    it("has no trace of a checkpoint whose building it did not survive", async () => {
      await storeMessages(fixture.store, count(0, 9));
      fixture.signer.signCheckpoint = () => Promise.reject(new Error("crashed"));
      await errorOf(fixture.sealer.step());
      expect(await state(0)).to.equal(undefined);
      expect(await placed(fixture.store, 0)).to.eql([]);
      await restart();
      await fixture.sealer.step();
      expect(await state(0)).to.equal("submitted");
    });

    it("sends the receipts of a final checkpoint that it had not sent", async () => {
      await storeMessages(fixture.store, count(0, 4));
      await fixture.sealer.step();
      fixture.chain.mine();
      fixture.chain.finalize();
      await fixture.sealer.step();
      await fixture.store.db.updateTable("checkpoints").set({ receipts_sent: 0 }).execute();
      fixture.receipts.length = 0;
      await restart();
      await fixture.sealer.step();
      expect(fixture.receipts).to.have.length(4);
    });
  });
});
