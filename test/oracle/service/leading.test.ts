import { expect } from "chai";
import type { Election, Leadership } from "../../../oracle/src/election/types.ts";
import { createLeading } from "../../../oracle/src/service/leading.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { openTestStore } from "../../support/test-store.ts";
import { removeFolders, tempFolder } from "../ingest/fixture.ts";

describe("the leader's parts", () => {
  let store: Store;
  let held: Leadership | undefined;
  let told: string[];
  const election: Election = {
    worker: "a",
    held: () => held,
    step: async () => 1000,
    trouble: () => undefined,
    onChange: () => {},
    stop: async () => {},
  };
  const elected = (term: number): Leadership => {
    const { signal } = new AbortController();
    return { term, store, signal };
  };
  /** Parts that take a while to begin and to end. */
  const leading = (whileEnding = () => {}) =>
    createLeading(election, async ({ term }) => {
      told.push(`begin ${term}`);
      return {
        term,
        async stop() {
          told.push(`end ${term}`);
          await new Promise((resolve) => setImmediate(resolve));
          whileEnding();
          told.push(`ended ${term}`);
        },
      };
    });

  before(async () => {
    store = await openTestStore(tempFolder());
  });
  beforeEach(() => {
    held = undefined;
    told = [];
  });
  after(async () => {
    await store.close();
    removeFolders();
  });

  it("run once while this process leads, and not before", async () => {
    const parts = leading();
    await parts.step();
    expect(parts.parts()).to.equal(undefined);
    held = elected(1);
    await parts.step();
    await parts.step();
    expect(parts.parts()?.term).to.equal(1);
    expect(told).to.eql(["begin 1"]);
  });

  it("have ended before those of the next leadership begin, also where one follows on the other", async () => {
    const parts = leading();
    held = elected(1);
    await parts.step();
    held = elected(2);
    await parts.step();
    expect(told).to.eql(["begin 1", "end 1", "ended 1", "begin 2"]);
    held = undefined;
    await parts.step();
    expect(parts.parts()).to.equal(undefined);
    expect(told.slice(4)).to.eql(["end 2", "ended 2"]);
  });

  it("do not begin for a leadership that ended while those before it did", async () => {
    const parts = leading(() => {
      held = undefined;
    });
    held = elected(1);
    await parts.step();
    held = elected(2);
    await parts.step();
    expect(told).to.eql(["begin 1", "end 1", "ended 1"]);
  });

  it("are tried again when they could not begin", async () => {
    let failures = 1;
    const parts = createLeading(election, async () => {
      if (failures-- > 0) throw new Error("no disk");
      return { stop: async () => {} };
    });
    held = elected(1);
    expect(await parts.step().catch((error: unknown) => String(error))).to.match(/no disk/);
    expect(parts.parts()).to.equal(undefined);
    await parts.step();
    expect(parts.parts()).not.to.equal(undefined);
    await parts.stop();
    expect(parts.parts()).to.equal(undefined);
  });
});
