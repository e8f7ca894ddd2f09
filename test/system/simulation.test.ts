import { expect } from "chai";
import { simulateLogs } from "../../bench/simulation/simulate-logs.ts";

describe("six logs on two chains", function () {
  this.timeout(180_000);

  it("each seal all that their own devices sent, and nothing fails", async () => {
    const result = await simulateLogs({ logs: 6, chains: 2, rounds: 2, messages: 10 });
    expect(result.failures).to.deep.equal([]);
    expect(result.messages).to.equal(result.expected.messages);
    expect(result.checkpoints).to.equal(12);
    expect(result.gasMax).to.be.below(95_000);
  });
});
