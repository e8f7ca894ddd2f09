import { expect } from "chai";
import { startAnvil, type TestChain } from "../../support/chain.ts";
import { writerOrdeal } from "../../support/writer-ordeal.ts";

/** How many schedules to run; a soak runs many. */
const schedules = Number(process.env.FIELDSEAL_TEST_FAULTS ?? 2);
const first = Number(process.env.FIELDSEAL_TEST_SEED ?? 1);

describe("TransactionWriter behind two endpoints, one of them a liar", function () {
  this.timeout(120_000);
  let node: TestChain;
  before(async () => {
    node = await startAnvil();
  });
  after(() => node.stop());

  for (let seed = first; seed < first + schedules; seed++) {
    it(`has each call take effect once and leaves no nonce out, whatever fails (seed ${seed})`, async () => {
      const intents = 4;
      const result = await writerOrdeal({ node, seed: `ordeal ${seed}`, intents, rounds: 40 });
      expect(result.faults).to.be.above(5);
      expect(result.states).to.deep.equal(Array(intents).fill("final"));
      expect(result.effects).to.deep.equal(Array(intents).fill(1));
      expect(result.transactions).to.equal(result.minedNonces);
      expect(result.overCap).to.equal(0);
    });
  }
});
