import { utf8 } from "@fieldseal/sdk";
import { expect } from "chai";
import { FairQueue } from "../../../oracle/src/ingest/fair-queue.ts";
import { Lanes } from "../../../oracle/src/ingest/lanes.ts";
import { rateLimit } from "../../../oracle/src/ingest/rate-limit.ts";
import { listQuarantine } from "../../../oracle/src/store/quarantine.ts";
import { enrol, ingestFixture, newSigner, removeFolders, signed } from "./fixture.ts";

describe("fair queue", () => {
  it("lets clients take turns, each in its own order", () => {
    const queue = new FairQueue<string>(10, 100);
    for (const item of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.push(item.charAt(0), item);
    const taken = Array.from({ length: 7 }, () => queue.take());
    expect(taken).to.eql(["a1", "b1", "c1", "a2", "c2", "a3", undefined]);
    expect(queue.length).to.equal(0);
  });

  it("bounds what waits of one client and of all", () => {
    const queue = new FairQueue<number>(2, 3);
    expect([1, 2, 3].map((item) => queue.push("a", item))).to.eql([true, true, false]);
    expect([1, 2].map((item) => queue.push("b", item))).to.eql([true, false]);
    queue.take();
    expect(queue.push("b", 2)).to.equal(true);
  });

  it("gives a client its place back with each item that is taken", () => {
    const queue = new FairQueue<number>(2, 10);
    for (const item of [1, 2]) queue.push("a", item);
    expect(queue.take()).to.equal(1);
    expect([3, 4].map((item) => queue.push("a", item))).to.eql([true, false]);
    expect([queue.take(), queue.take()]).to.eql([2, 3]);
    expect([5, 6, 7].map((item) => queue.push("a", item))).to.eql([true, true, false]);
  });

  it("keeps order and count through many pushes and takes of one client", () => {
    const queue = new FairQueue<number>(1000, 1000);
    let pushed = 0;
    let expected = 0;
    for (let round = 0; round < 500; round++) {
      queue.push("a", pushed++);
      queue.push("a", pushed++);
      expect(queue.take()).to.equal(expected++);
    }
    expect(queue.length).to.equal(500);
  });
});

describe("lanes", () => {
  const lanes = () =>
    new Lanes<string>({
      perClient: 10,
      total: 100,
      latePerClient: 300_000,
      lateTotal: 400_000,
      weigh: (item) => item.length,
    });

  it("let who keeps to his rate pass a hundred thousand of somebody who returns", () => {
    const queue = lanes();
    for (let i = 0; i < 100_000; i++) expect(queue.pushLate("back", "old")).to.equal(true);
    expect(queue.pushLate("back", "old")).to.equal(false);
    expect(queue.pushLate("other", "own")).to.equal(true);
    const taken: (string | undefined)[] = [];
    for (let i = 0; i < 70; i++) {
      queue.push("quiet", "new");
      taken.push(queue.take());
    }
    expect(taken.slice(0, 7)).to.eql(Array(7).fill("new"));
    // And yet he gets on, and does not hold up another who is late.
    expect(taken.filter((item) => item !== "new")).to.have.length.within(8, 9);
    expect(taken).to.include("own");
  });

  it("leave all time to who is late when nobody else comes", () => {
    const queue = lanes();
    for (const item of ["a", "b", "c"]) queue.pushLate("back", item);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).to.eql([
      "a",
      "b",
      "c",
      undefined,
    ]);
    expect(queue.length).to.equal(0);
  });
});

describe("rate limit", () => {
  it("takes a burst, then the rate", () => {
    const limit = rateLimit(10, 3);
    expect([0, 0, 0, 0].map((at) => limit.take("a", at))).to.eql([true, true, true, false]);
    expect([99, 100, 101].map((at) => limit.take("a", at))).to.eql([false, true, false]);
    expect(limit.take("b", 0)).to.equal(true);
  });

  it("makes a client pay afterwards, at most one burst into debt", () => {
    const limit = rateLimit(10, 3);
    limit.take("a", 0);
    limit.charge("a", 1000);
    expect(limit.take("a", 300)).to.equal(false);
    expect(limit.take("a", 500)).to.equal(true);
  });

  it("forgets who sent nothing for longest when there are too many, and nobody else", () => {
    const limit = rateLimit(0.1, 1);
    for (const client of ["first", "second"]) limit.take(client, 0);
    limit.take("first", 1000);
    for (let other = 0; other < 99_999; other++) limit.take(`other ${other}`, 1000);
    expect(limit.take("first", 1000)).to.equal(false);
    expect(limit.take("second", 1000)).to.equal(true);
  });

  it("never gives tokens for a clock that went back", () => {
    const limit = rateLimit(10, 1);
    expect([1000, 500, 1000].map((at) => limit.take("a", at))).to.eql([true, false, false]);
  });
});

describe("ingest, under a flood", () => {
  afterEach(removeFolders);

  it("answers a quiet client in the midst of a flood that makes it check signatures", async () => {
    const fixture = await ingestFixture();
    const device = await enrol(fixture.store);
    await fixture.follow();
    const bytes = await signed(device, 1n);
    const forged = await signed(device, 2n, { signer: newSigner() });
    const order: string[] = [];
    const send = async (client: string, message: Uint8Array) => {
      const outcome = await fixture.ingest.submit({ bytes: message, source: "mqtt", client });
      order.push(client);
      return outcome.kind;
    };
    const flood = Array.from({ length: 1900 }, () => send("flood", forged));
    expect(await send("quiet", bytes)).to.equal("stored");
    await Promise.all(flood);
    expect(order.indexOf("quiet")).to.be.lessThan(950);
    await fixture.close();
  });

  it("refuses a client beyond its rate with RATE_LIMITED and takes the others'", async () => {
    const fixture = await ingestFixture({ limits: { clientBurst: 2, clientRate: 1 } });
    const device = await enrol(fixture.store);
    await fixture.follow();
    const send = async (sequence: bigint, client: string) => {
      const bytes = await signed(device, sequence);
      const outcome = await fixture.ingest.submit({ bytes, source: "mqtt", client });
      return outcome.kind === "refused" ? outcome.code : outcome.kind;
    };
    expect([await send(1n, "a"), await send(2n, "a")]).to.eql(["stored", "stored"]);
    expect(await send(3n, "a")).to.equal("RATE_LIMITED");
    expect(await send(3n, "b")).to.equal("stored");
    fixture.clock.ms += 1000;
    expect(await send(4n, "a")).to.equal("stored");
    await fixture.close();
  });

  it("lets a burst wait whose carrier holds it, and refuses none of it", async () => {
    const fixture = await ingestFixture({
      limits: { clientBurst: 2, clientRate: 1, queuePerClient: 1, inFlight: 4, maxBatch: 4 },
    });
    const [device, other] = [await enrol(fixture.store), await enrol(fixture.store)];
    await fixture.follow();
    const order: string[] = [];
    const send = async (client: string, bytes: Uint8Array) => {
      const inbound = { bytes, source: "mqtt", client, isPatient: true } as const;
      const outcome = await fixture.ingest.submit(inbound);
      order.push(client);
      return outcome.kind;
    };
    const burst: Uint8Array[] = [];
    for (let i = 1n; i <= 100n; i++) burst.push(await signed(device, i));
    const quiet = await signed(other, 1n);
    const all = burst.map((bytes) => send("back", bytes));
    expect(await send("quiet", quiet)).to.equal("stored");
    expect(order.indexOf("quiet")).to.be.lessThan(12);
    expect(new Set(await Promise.all(all))).to.eql(new Set(["stored"]));
    await fixture.close();
  });

  it("does not let garbage wait, whoever carries it", async () => {
    const fixture = await ingestFixture({ limits: { clientBurst: 5, clientRate: 1 } });
    const codes: string[] = [];
    for (let i = 0; i < 12; i++) {
      const inbound = { bytes: utf8("x"), source: "mqtt", client: "a", isPatient: true } as const;
      const outcome = await fixture.ingest.submit(inbound);
      if (outcome.kind === "refused") codes.push(outcome.code);
    }
    expect(codes.slice(0, 1)).to.eql(["MESSAGE_ENCODING"]);
    expect(new Set(codes.slice(1))).to.eql(new Set(["RATE_LIMITED"]));
    await fixture.close();
  });

  it("gives back what waits beyond its rate when it ends: its carrier has it still", async () => {
    const fixture = await ingestFixture({ limits: { clientBurst: 1, clientRate: 1, inFlight: 1 } });
    const device = await enrol(fixture.store);
    await fixture.follow();
    const bytes = await signed(device, 1n);
    const send = () =>
      fixture.ingest.submit({ bytes, source: "mqtt", client: "a", isPatient: true });
    const waiting = Array.from({ length: 50 }, send);
    await fixture.close();
    const codes = (await Promise.all(waiting)).map((one) =>
      one.kind === "refused" ? one.code : "",
    );
    expect(codes.filter((code) => code === "STOPPING")).to.have.length.greaterThan(40);
  });

  it("lets garbage cost its sender more than readings", async () => {
    const fixture = await ingestFixture({ limits: { clientBurst: 30, clientRate: 1 } });
    const codes = new Set<string>();
    let taken = 0;
    for (let i = 0; i < 30; i++) {
      const outcome = await fixture.ingest.submit({
        bytes: utf8("x"),
        source: "mqtt",
        client: "a",
      });
      if (outcome.kind === "refused") codes.add(outcome.code);
      if (outcome.kind === "refused" && outcome.code === "MESSAGE_ENCODING") taken++;
    }
    expect([...codes]).to.eql(["MESSAGE_ENCODING", "RATE_LIMITED"]);
    expect(taken).to.be.at.most(4);
    await fixture.close();
  });

  it("answers BUSY when a client's queue is full", async () => {
    const fixture = await ingestFixture({ limits: { queuePerClient: 3, inFlight: 1 } });
    const send = () => fixture.ingest.submit({ bytes: utf8("x"), source: "mqtt", client: "a" });
    const outcomes = await Promise.all(Array.from({ length: 10 }, send));
    const codes = outcomes.map((outcome) => (outcome.kind === "refused" ? outcome.code : ""));
    expect(codes.filter((code) => code === "BUSY")).to.have.length(6);
    await fixture.close();
  });

  it("keeps the quarantine within its bounds, the newest last, and leaves others' entries to others", async () => {
    const fixture = await ingestFixture({
      limits: { quarantineRows: 20, quarantineBurst: 5, refusalCost: 1 },
    });
    const send = (client: string, text: string) =>
      fixture.ingest.submit({ bytes: utf8(text), source: "mqtt", client });
    await send("quiet", "quiet");
    for (let i = 0; i < 30; i++) await send("flood", `flood ${i}`);
    const first = await listQuarantine(fixture.store);
    expect(first.map(({ client }) => client).filter((client) => client === "flood")).to.have.length(
      5,
    );
    expect(first.at(-1)).to.include({ client: "quiet" });
    for (let i = 0; i < 30; i++) await send(`other ${i}`, "x");
    const kept = await listQuarantine(fixture.store);
    expect(kept).to.have.length(20);
    expect(kept[0]).to.include({ client: "other 29" });
    await fixture.close();
  });
});
