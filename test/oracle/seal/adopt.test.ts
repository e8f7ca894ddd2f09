import { hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { allowAdoption, mayAdopt } from "../../../oracle/src/store/adoption.ts";
import { checkpointByIndex } from "../../../oracle/src/store/checkpoints.ts";
import { messageByIdentity, messagesOfCheckpoint } from "../../../oracle/src/store/messages.ts";
import { unsealedMessages } from "../../../oracle/src/store/unsealed-messages.ts";
import { removeFolders } from "../ingest/fixture.ts";
import { factsOf, follow, type SealFixture, sealFixture, storeMessages } from "./fixture.ts";

const count = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => factsOf(from + i));
const foreign = (digit: number) => `0x${String(digit).repeat(64)}` as const;

describe("sealer of a store that was restored or begun anew", () => {
  let fixture: SealFixture;
  beforeEach(async () => {
    fixture = await sealFixture();
  });
  afterEach(async () => {
    await fixture.store.close();
    removeFolders();
  });
  const rounds = async (times: number) => {
    for (let round = 0; round < times; round++) {
      await fixture.sealer.step();
      fixture.chain.mine();
      fixture.chain.finalize();
    }
  };
  /** A step that builds nothing: too little waits. */
  const adoptOnly = async () => {
    const { path, chain, receipts, store } = fixture;
    await store.close();
    fixture = await sealFixture({ maxMessages: 100 }, path, chain, receipts);
    await fixture.sealer.step();
  };
  const allow = () => allowAdoption(fixture.store.db, fixture.clock.ms);

  it("enters checkpoints of the chain that it does not know, and goes on behind them", async () => {
    fixture.chain.sealForeign(0n, foreign(1));
    fixture.chain.sealForeign(1n, foreign(2));
    fixture.chain.finalize();
    await allow();
    await storeMessages(fixture.store, count(0, 5));
    await rounds(4);
    expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([1n, 1n, 5n]);
    const adopted = await checkpointByIndex(fixture.store, 1);
    expect(adopted).to.deep.include({ state: "final", size: 1, receiptsSent: true });
    expect(hex(adopted?.previous ?? new Uint8Array())).to.equal(
      await fixture.chain.log.commitmentOf(0n),
    );
    expect((await checkpointByIndex(fixture.store, 2))?.state).to.equal("final");
    expect(fixture.receipts).to.have.length(5);
  });

  it("waits until a checkpoint that it does not know is final", async () => {
    fixture.chain.sealForeign(0n, foreign(1));
    await allow();
    await storeMessages(fixture.store, count(0, 5));
    await fixture.sealer.step();
    expect(await checkpointByIndex(fixture.store, 0)).to.equal(undefined);
    fixture.chain.finalize();
    await rounds(3);
    expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([1n, 5n]);
  });

  it("takes its own checkpoint back when the lost store's transaction took the index, and seals its messages in the next", async () => {
    await storeMessages(fixture.store, count(0, 600));
    await allow();
    await fixture.sealer.step();
    expect((await messageByIdentity(fixture.store, factsOf(3)))?.place?.checkpoint).to.equal(0);
    fixture.chain.sealForeign(0n, foreign(1));
    await fixture.sealer.step();
    expect((await unsealedMessages(fixture.store, 1000)).count).to.equal(0);
    fixture.chain.finalize();
    await rounds(4);
    expect(fixture.chain.sealed().map(({ size }) => size)).to.eql([1n, 600n]);
    expect((await messageByIdentity(fixture.store, factsOf(3)))?.place?.checkpoint).to.equal(1);
    const seen = new Set<bigint>();
    for await (const { sequence } of messagesOfCheckpoint(fixture.store, 1)) seen.add(sequence);
    expect(seen.size).to.equal(600);
  });

  it("judges what it took back no later than before, whatever the chain says of its devices since", async () => {
    await storeMessages(fixture.store, count(0, 5), { acceptedBlock: 7 });
    await allow();
    await fixture.sealer.step();
    await follow(fixture.store, 20);
    fixture.chain.sealForeign(0n, foreign(1));
    fixture.chain.finalize();
    await adoptOnly();
    const waiting = await fixture.store.read.selectFrom("unsealed").selectAll().execute();
    expect(waiting).to.have.length(5);
    for (const row of waiting) {
      expect(row).to.include({ accepted_block: 10, valid_until_block: 10 });
    }
    const left = [];
    for await (const message of messagesOfCheckpoint(fixture.store, 0)) left.push(message);
    expect(left).to.eql([]);
    fixture.clock.ms += 60_000;
    await rounds(3);
    expect((await checkpointByIndex(fixture.store, 1))?.judgedBlock).to.equal(10);
  });

  it("may still adopt when a checkpoint becomes final that was built before that was allowed last", async () => {
    await allow();
    await storeMessages(fixture.store, count(0, 5));
    await fixture.sealer.step();
    fixture.clock.ms += 1000;
    await allow();
    await rounds(2);
    expect((await checkpointByIndex(fixture.store, 0))?.state).to.equal("final");
    expect(await mayAdopt(fixture.store)).to.equal(true);
    await storeMessages(fixture.store, count(5, 6));
    await rounds(3);
    expect(await mayAdopt(fixture.store)).to.equal(false);
  });

  it("takes a checkpoint of another size for another one, whatever its root", async () => {
    await storeMessages(fixture.store, count(0, 5));
    await fixture.sealer.step();
    const own = await checkpointByIndex(fixture.store, 0);
    fixture.chain.sealForeign(0n, hex(own?.root ?? new Uint8Array()));
    const error = await fixture.sealer.step().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: "CHECKPOINT_FOREIGN" });
  });

  it("seals once more what waited in the backup and was sealed by the lost store", async () => {
    await storeMessages(fixture.store, count(0, 2));
    fixture.chain.sealForeign(0n, foreign(1));
    fixture.chain.finalize();
    await allow();
    await rounds(4);
    expect((await messageByIdentity(fixture.store, factsOf(1)))?.place?.checkpoint).to.equal(1);
  });

  it("adopts nothing any more once a checkpoint of its own is final", async () => {
    fixture.chain.sealForeign(0n, foreign(1));
    fixture.chain.finalize();
    await allow();
    await storeMessages(fixture.store, count(0, 5));
    await rounds(2);
    expect(await mayAdopt(fixture.store)).to.equal(true);
    await rounds(1);
    expect(await mayAdopt(fixture.store)).to.equal(false);
    fixture.chain.sealForeign(2n, foreign(2));
    fixture.chain.finalize();
    await storeMessages(fixture.store, count(5, 6));
    const error = await fixture.sealer.step().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: "CHECKPOINT_FOREIGN" });
  });
});
