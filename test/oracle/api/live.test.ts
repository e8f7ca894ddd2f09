import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FieldsealError } from "@fieldseal/sdk";
import { expect } from "chai";
import { createLiveFeed } from "../../../oracle/src/api/live-feed.ts";
import { LiveHub } from "../../../oracle/src/api/live-hub.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

type Told = { event: string; data: Record<string, unknown> };

/** What a stream holds by now. */
function drain(stream: Readable): Told[] {
  const text = String(stream.read() ?? "");
  return [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event = "", data = ""]) => ({
    event,
    data: JSON.parse(data),
  }));
}

const everything = () => true;

describe("live hub", () => {
  it("tells each client what it asked for", () => {
    const hub = new LiveHub({ maxClients: 2, maxBufferedBytes: 1000 });
    const one = hub.subscribe(({ data }) => data.device === "a");
    hub.publish({ event: "reading", data: { device: "a" } });
    hub.publish({ event: "reading", data: { device: "b" } });
    expect(drain(one)).to.deep.equal([{ event: "reading", data: { device: "a" } }]);
  });

  it("drops events for a client that does not read, tells how many, and holds up nobody", () => {
    const hub = new LiveHub({ maxClients: 2, maxBufferedBytes: 500 });
    const slow = hub.subscribe(everything);
    const quick = hub.subscribe(everything);
    const seen: Told[] = [];
    for (let i = 0; i < 100; i++) {
      hub.publish({ event: "reading", data: { i } });
      seen.push(...drain(quick));
    }
    expect(seen).to.have.length(100);
    const kept = drain(slow).length;
    expect(kept).to.be.within(1, 20);
    hub.publish({ event: "reading", data: { i: 100 } });
    expect(drain(slow)).to.deep.equal([
      { event: "dropped", data: { events: 100 - kept } },
      { event: "reading", data: { i: 100 } },
    ]);
  });

  it("refuses a stream too many, and takes one again when one closes", (done) => {
    const hub = new LiveHub({ maxClients: 1, maxBufferedBytes: 500 });
    const stream = hub.subscribe(everything);
    expect(() => hub.subscribe(everything))
      .to.throw(FieldsealError)
      .with.property("code", "BUSY");
    stream.once("close", () => {
      expect(hub.clients).to.equal(0);
      hub.subscribe(everything);
      done();
    });
    stream.destroy();
  });
});

describe("live feed", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  it("tells of readings when they are stored and of checkpoints when they are sealed and final", async () => {
    const hub = new LiveHub({ maxClients: 2, maxBufferedBytes: 100_000 });
    const feed = createLiveFeed(fixture.data, hub);
    await fixture.store(1n);
    const stream = hub.subscribe(everything);
    await feed.step();
    await fixture.store(2n);
    await feed.step();
    expect(drain(stream).map(({ event, data }) => [event, data.sequence])).to.deep.equal([
      ["reading", "2"],
    ]);
    await fixture.sealer.step();
    fixture.chain.mine();
    await fixture.sealer.step();
    await feed.step();
    fixture.chain.finalize();
    await fixture.sealer.step();
    await feed.step();
    await feed.step();
    expect(drain(stream).map(({ event, data }) => [event, data.index, data.state])).to.deep.equal([
      ["checkpoint", "0", "sealed"],
      ["checkpoint", "0", "final"],
    ]);
  });

  it("skips what is too much for one step and says how much", async () => {
    const hub = new LiveHub({ maxClients: 2, maxBufferedBytes: 1_000_000 });
    const feed = createLiveFeed(fixture.data, hub);
    const stream = hub.subscribe(everything);
    await feed.step();
    await fixture.storeMany(510);
    await feed.step();
    const told = drain(stream);
    while (stream.readableLength > 0 || told.length < 501) {
      await nextTurn();
      const more = drain(stream);
      if (more.length === 0) break;
      told.push(...more);
    }
    expect(told[0]).to.deep.equal({ event: "skipped", data: { messages: 10 } });
    expect(told).to.have.length(501);
  });

  it("reaches a browser's EventSource over HTTP", async () => {
    const url = await fixture.api.listen({ host: "127.0.0.1", port: 0 });
    const response = await fetch(`${url}/v1/live?device=${fixture.device.id}`);
    expect(response.headers.get("content-type")).to.contain("text/event-stream");
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).to.equal(": open\n\n");
    await fixture.api.stop();
    expect((await reader?.read())?.done).to.equal(true);
  });
});
