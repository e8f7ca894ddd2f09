import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { manualClock } from "../../support/service.ts";
import {
  createWriter,
  type DeployedChain,
  deployedChain,
  faultyRpc,
  operator,
  signedCandidate,
  temporaryStore,
} from "./fixture.ts";

/** Numbers from 0 to 1 that a seed fixes (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const lost = () => new FieldsealError("CHAIN_UNREACHABLE", "cut by the test");
const checkpoints = 3;
const rounds = 24;

describe("TransactionWriter under faults", function () {
  this.timeout(60_000);
  let deployed: DeployedChain;
  before(async () => {
    deployed = await deployedChain();
  });
  after(() => deployed.stop());

  /** Steps with faults, restarts, mining and reorganisations in an order that the seed fixes. */
  async function ordeal(seed: number, folder: Awaited<ReturnType<typeof temporaryStore>>) {
    const random = randomFrom(seed);
    const { node, chain } = deployed;
    const clock = manualClock();
    const rpc = faultyRpc(chain.rpc);
    const policy = { bumpAfterMs: 5_000 };
    let store: Store = folder.store;
    let { writer, log } = createWriter(deployed, store, { rpc, clock, policy });
    // A reorganisation of the block of the snapshot would make it useless.
    await node.mine();
    await node.rpc("evm_setAutomine", false);

    for (let round = 0; round < rounds; round++) {
      const chance = random();
      rpc.before = () => {
        if (random() < 0.08) throw lost();
      };
      rpc.after = () => {
        if (random() < 0.08) throw lost();
      };
      await writer.step().catch(() => undefined);
      rpc.before = () => {};
      rpc.after = () => {};
      if (chance < 0.25) {
        store = await folder.reopen();
        ({ writer, log } = createWriter(deployed, store, { rpc, clock, policy }));
      } else if (chance < 0.5) await node.mine();
      else if (chance < 0.6) await node.rpc("anvil_reorg", 1, []);
      else if (chance < 0.7) await node.rpc("anvil_dropAllTransactions");
      else if (chance < 0.85) clock.advance(5_000);
      const { nextIndex } = await log.state();
      const { state } = await log.submission(nextIndex);
      if (nextIndex < checkpoints && state === "none") {
        const { candidate, signature } = await signedCandidate(deployed, log);
        await log.submit(candidate, [signature]);
      }
    }
    for (let round = 0; round < 30; round++) {
      await writer.step();
      await node.mine();
      const { nextIndex } = await log.state();
      const { state } = await log.submission(nextIndex);
      if (nextIndex < checkpoints && ["none", "refused"].includes(state)) {
        const { candidate, signature } = await signedCandidate(deployed, log);
        await log.submit(candidate, [signature]);
      }
    }
    return { log, store };
  }

  for (const seed of [1, 2, 3]) {
    it(`seals each checkpoint once, whatever fails in between (seed ${seed})`, async () => {
      await deployed.reset();
      const folder = await temporaryStore();
      const { log, store } = await ordeal(seed, folder);
      expect((await log.state()).nextIndex).to.equal(BigInt(checkpoints));
      for (let index = 0n; index < checkpoints; index++) {
        expect(await log.submission(index)).to.deep.equal({ state: "final" });
        expect(await log.sealed(index, 0)).to.include({ final: true });
      }
      const nonce = await deployed.node.rpc("eth_getTransactionCount", operator.address, "latest");
      const intents = await store.db.selectFrom("intents").selectAll().execute();
      expect(intents.filter(({ state }) => state === "final")).to.have.length(checkpoints);
      // A candidate may be mined and revert when a reorganisation changed the checkpoint before it.
      const mined = intents.filter(({ tx_hash }) => tx_hash !== null);
      expect(Number(nonce)).to.equal(mined.length);
      await folder.remove();
    });
  }
});
