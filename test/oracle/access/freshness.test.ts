import { expect } from "chai";
import { createFreshness } from "../../../oracle/src/access/freshness.ts";
import { handClock } from "../broker/fixture.ts";

describe("what is known of the chain", () => {
  const known = (maxBlockAgeMs: number) => {
    const clock = handClock();
    let seenAtMs = clock.elapsedMs();
    const bornS = clock.nowMs() / 1000;
    const isFresh = createFreshness({
      clock,
      seenAtMs: () => seenAtMs,
      newestTimeS: () => bornS,
      maxSilenceMs: 60_000,
      maxBlockAgeMs,
    });
    const look = () => {
      seenAtMs = clock.elapsedMs();
    };
    return { clock, isFresh, look };
  };

  it("is too old when the chain was out of sight for more than a minute", () => {
    const { clock, isFresh, look } = known(0);
    clock.advance(60_000);
    expect(isFresh()).to.equal(true);
    clock.advance(1);
    expect(isFresh()).to.equal(false);
    look();
    expect(isFresh()).to.equal(true);
  });

  it("is too old when the client answers with an old block, unless the chain may stand still", () => {
    const bounded = known(600_000);
    bounded.clock.advance(600_000);
    bounded.look();
    expect(bounded.isFresh()).to.equal(true);
    bounded.clock.advance(1);
    expect(bounded.isFresh()).to.equal(false);
    const still = known(0);
    still.clock.advance(86_400_000);
    still.look();
    expect(still.isFresh()).to.equal(true);
  });
});
