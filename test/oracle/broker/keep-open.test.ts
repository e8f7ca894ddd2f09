import { expect } from "chai";
import { pino } from "pino";
import { keepOpen } from "../../../oracle/src/broker/keep-open.ts";

describe("a connection that is kept open", () => {
  /** Connections that are told when to end, and the delays before each but the first. */
  const bench = async (maxMs: number) => {
    const delays: number[] = [];
    const write = (line: string) => void delays.push(JSON.parse(line).delayMs as number);
    const ends: ((reason?: unknown) => void)[] = [];
    let opened = () => {};
    let isRefused = false;
    const open = async () => {
      if (isRefused) throw new Error("refused");
      const { promise: closed, resolve: destroy } = Promise.withResolvers<unknown>();
      ends.push(destroy);
      opened();
      return { closed, destroy: () => destroy(undefined) };
    };
    const kept = await keepOpen(open, {
      log: pino({}, { write }),
      name: "one",
      reconnect: { firstMs: 1, maxMs },
    });
    return {
      kept,
      delays,
      ends,
      refuse: (refused: boolean) => {
        isRefused = refused;
      },
      /** Settles when the n-th connection is made. */
      nth: (count: number) =>
        new Promise<void>((resolve) => {
          opened = () => ends.length >= count && resolve();
          opened();
        }),
    };
  };

  it("waits longer each time when it breaks as soon as it is there", async () => {
    const { kept, delays, ends, nth } = await bench(1000);
    for (let count = 1; count <= 5; count++) {
      await nth(count);
      ends[count - 1]?.();
    }
    await nth(6);
    expect(delays).to.eql([1, 2, 4, 8, 16]);
    kept.release()?.destroy();
  });

  it("waits no longer than it may, and shortly again after one that stood so long", async () => {
    const { kept, delays, ends, nth } = await bench(4);
    for (let count = 1; count <= 4; count++) {
      await nth(count);
      ends[count - 1]?.();
    }
    await nth(5);
    await new Promise((resolve) => setImmediate(resolve));
    // Set after the one that it has to follow, for as long.
    await new Promise((resolve) => setTimeout(resolve, 4));
    ends[4]?.();
    await nth(6);
    expect(delays).to.eql([1, 2, 4, 4, 1]);
    kept.release()?.destroy();
  });

  it("is destroyed if it was released while it was made, and made no more", async () => {
    const { kept, ends, nth, delays } = await bench(4);
    ends[0]?.();
    const second = nth(2);
    await second;
    // The second was just made, and is not handed over yet.
    expect(kept.release()).to.equal(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept.current()).to.equal(undefined);
    expect(delays).to.eql([1]);
  });
});
