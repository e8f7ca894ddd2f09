import { expect } from "chai";
import { steadyClock } from "../../../oracle/src/internal/steady-clock.ts";
import { manualClock } from "../../support/service.ts";

const hourMs = 3_600_000;

describe("the service's clock", () => {
  const started = (startChainMs: (nowMs: number) => number = (nowMs) => nowMs) => {
    const clock = manualClock();
    const chain = { ms: startChainMs(clock.nowMs()) };
    const jumps: [number, boolean][] = [];
    const steady = steadyClock({
      clock,
      chainTimeMs: () => chain.ms,
      followAfterMs: 600_000,
      onJump: (jumpMs, followed) => jumps.push([jumpMs, followed]),
    });
    return { clock, chain, jumps, steady };
  };

  it("follows small corrections, one after the other", () => {
    const { clock, jumps, steady } = started();
    for (let i = 0; i < 20; i++) {
      clock.jump(-4000);
      clock.advance(1000);
      expect(steady.nowMs()).to.equal(clock.nowMs());
    }
    expect(jumps).to.eql([]);
  });

  for (const jumpMs of [hourMs, -hourMs]) {
    it(`goes on as before when the machine's clock jumps by ${jumpMs / hourMs} h against the chain, and says so once`, () => {
      const { clock, chain, jumps, steady } = started();
      const before = steady.nowMs();
      clock.jump(jumpMs);
      clock.advance(10_000);
      chain.ms += 10_000;
      expect(steady.nowMs()).to.equal(before + 10_000);
      expect(steady.nowMs()).to.equal(before + 10_000);
      clock.jump(-jumpMs);
      expect(steady.nowMs()).to.equal(clock.nowMs());
      expect(jumps).to.eql([[jumpMs, false]]);
    });
  }

  it("follows a clock that is set right, as soon as a block says so", () => {
    const { clock, chain, jumps, steady } = started((nowMs) => nowMs - hourMs);
    clock.jump(-hourMs);
    expect(steady.nowMs()).to.equal(clock.nowMs());
    expect(jumps).to.eql([[-hourMs, true]]);
    // It slept: elapsed time stood still.
    clock.jump(3 * hourMs);
    expect(steady.nowMs()).to.equal(clock.nowMs() - 3 * hourMs);
    chain.ms += 3 * hourMs;
    expect(steady.nowMs()).to.equal(clock.nowMs());
    expect(jumps.at(-1)).to.eql([3 * hourMs, true]);
  });

  it("follows a clock that stays where it was set for ten minutes, block or not", () => {
    const { clock, jumps, steady } = started(() => 0);
    const before = steady.nowMs();
    clock.jump(-hourMs);
    expect(steady.nowMs()).to.equal(before);
    clock.advance(599_999);
    expect(steady.nowMs()).to.equal(before + 599_999);
    clock.advance(1);
    expect(steady.nowMs()).to.equal(clock.nowMs());
    expect(jumps).to.eql([
      [-hourMs, false],
      [-hourMs, true],
    ]);
  });

  it("counts anew when the clock came back in between", () => {
    const { clock, steady } = started(() => 0);
    clock.jump(hourMs);
    steady.nowMs();
    clock.advance(500_000);
    clock.jump(-hourMs);
    expect(steady.nowMs()).to.equal(clock.nowMs());
    clock.advance(200_000);
    expect(steady.nowMs()).to.equal(clock.nowMs());
    clock.jump(hourMs);
    expect(steady.nowMs()).to.equal(clock.nowMs() - hourMs);
  });

  it("counts anew when the clock is set once more", () => {
    const { clock, jumps, steady } = started(() => 0);
    const before = steady.nowMs();
    clock.jump(hourMs);
    clock.advance(500_000);
    expect(steady.nowMs()).to.equal(before + 500_000);
    clock.jump(-2 * hourMs);
    expect(steady.nowMs()).to.equal(before + 500_000);
    clock.advance(599_999);
    expect(steady.nowMs()).to.equal(before + 1_099_999);
    clock.advance(1);
    expect(steady.nowMs()).to.equal(clock.nowMs());
    expect(jumps).to.eql([
      [hourMs, false],
      [-hourMs, false],
      [-hourMs, true],
    ]);
  });

  it("does not follow a clock that is set back towards the last block of a chain that stands still", () => {
    const { clock, steady } = started();
    const before = steady.nowMs();
    clock.advance(2 * hourMs);
    expect(steady.nowMs()).to.equal(before + 2 * hourMs);
    clock.jump(-hourMs);
    expect(steady.nowMs()).to.equal(before + 2 * hourMs);
  });

  it("tells whole milliseconds, whatever elapsed time is told in", () => {
    const machine = { nowMs: () => 1_700_000_000_000, elapsedMs: () => 0.25 };
    const steady = steadyClock({
      clock: machine,
      chainTimeMs: () => 0,
      followAfterMs: 1000,
      onJump: () => {},
    });
    machine.nowMs = () => 1_600_000_000_000;
    machine.elapsedMs = () => 10.7;
    expect(steady.nowMs()).to.equal(1_700_000_000_010);
  });

  it("never goes back by a jump that it does not follow", () => {
    const { clock, chain, steady } = started();
    let last = steady.nowMs();
    for (const jumpMs of [7000, -9000, 400_000, -1e9, 1e9, 6000]) {
      clock.jump(jumpMs);
      clock.advance(100);
      chain.ms += 100;
      const now = steady.nowMs();
      expect(now).to.be.greaterThanOrEqual(last - 5000);
      last = now;
    }
  });
});
