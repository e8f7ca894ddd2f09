import { checkMessageOffline, parseAuditBundle, parseMessageProof } from "@fieldseal/sdk";
import { expect } from "chai";
import { auditBundle } from "../../../oracle/src/api/audit-bundle.ts";
import { sealedRange } from "../../../oracle/src/api/queries/sealed-range.ts";
import { createRetention } from "../../../oracle/src/service/retention.ts";
import { allowAdoption } from "../../../oracle/src/store/adoption.ts";
import { removeBodies } from "../../../oracle/src/store/remove-bodies.ts";
import { domain, startMs } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

const everything = Number.POSITIVE_INFINITY;

describe("a store whose old bodies were removed", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  const removeAll = async (sealedBeforeS = everything) => {
    let steps = 0;
    while (await removeBodies(fixture.data, sealedBeforeS)) steps++;
    return steps;
  };
  const bodies = async () =>
    (await fixture.data.read.selectFrom("message_bodies").selectAll().execute()).length;

  it("still proves its messages, knows duplicates, and says that readings are gone", async () => {
    await fixture.storeMany(300);
    await fixture.seal();
    expect(await removeAll()).to.be.greaterThan(0);
    expect(await bodies()).to.equal(0);
    const { id } = fixture.device;
    const proof = await fixture.get(`/v1/proofs/${id}/0/7`);
    expect(proof.status, JSON.stringify(proof.body)).to.equal(200);
    checkMessageOffline(parseMessageProof(proof.body), domain);
    expect((await fixture.get(`/v1/proofs/${id}/0/7/0`)).body.code).to.equal("BODY_MISSING");
    expect((await fixture.store(7n)).kind).to.equal("duplicate");
    expect(await fixture.store(7n, { value: 1 })).to.include({ code: "MESSAGE_CONFLICT" });
    expect((await fixture.get("/v1/readings")).body.items).to.eql([]);
  });

  it("keeps the bodies of what waits, is not final, or was sealed since", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const sealedAtS = Number((await fixture.get("/v1/checkpoints/0")).body.sealedAt);
    expect(await removeAll(sealedAtS)).to.equal(0);
    expect(await bodies()).to.equal(1);
    const sent = (receipts_sent: number) =>
      fixture.data.db.updateTable("checkpoints").set({ receipts_sent }).execute();
    await sent(0);
    expect(await removeAll()).to.equal(0);
    await sent(1);
    await fixture.store(2n);
    await fixture.sealer.step();
    fixture.chain.mine();
    await fixture.sealer.step();
    await fixture.store(3n);
    await removeAll();
    expect(await bodies()).to.equal(2);
    fixture.chain.finalize();
    await fixture.sealer.step();
    await removeAll();
    expect(await bodies()).to.equal(1);
  });

  it("gives audits of what is whole, and refuses others by name", async () => {
    for (const sequence of [1n, 2n, 3n]) {
      await fixture.store(sequence);
      await fixture.seal();
    }
    const url = `/v1/audit/${fixture.device.id}`;
    while ((await fixture.get(`${url}?from=1`)).status === 200) {
      await removeBodies(fixture.data, everything);
    }
    const refused = await fixture.get(`${url}?from=1`);
    expect([refused.status, refused.body.code]).to.eql([409, "BODY_MISSING"]);
    const { headers, body } = await fixture.get(url);
    expect(headers["fieldseal-checkpoints"]).to.equal("2-2");
    expect(parseAuditBundle(body).messages).to.have.length(1);
    await removeAll();
    expect((await fixture.get(url)).body.code).to.equal("BODY_MISSING");
  });

  it("takes no checkpoint for whole of which some bodies were removed", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const write = (value: string) =>
      fixture.data.db
        .insertInto("meta")
        .values({ key: "bodies_removed", value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute();
    const ask = async () => (await fixture.get(`/v1/audit/${fixture.device.id}?from=0`)).status;
    await write("0/0");
    expect(await ask()).to.equal(200);
    await write("0/4");
    expect(await ask()).to.equal(409);
  });

  it("breaks an audit off rather than leaving out what was removed while it was read", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const sources = {
      store: fixture.data,
      devices: fixture.directory,
      identity: fixture.chain.log.identity,
    };
    const bundle = () => auditBundle(sources, fixture.device.id, sealedRange(fixture.data, 0, 0));
    const read = async (pieces: AsyncIterable<string>) => {
      const all: string[] = [];
      for await (const piece of pieces) all.push(piece);
      return all.join("");
    };
    expect(parseAuditBundle(JSON.parse(await read(bundle()))).messages).to.have.length(1);
    const broken = bundle();
    await broken.next();
    await removeAll();
    const error = await read(broken).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: "BODY_MISSING" });
  });

  it("removes by the time of the followed block, and nothing with a retention of 0 days", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const followed = (timeS: number) =>
      fixture.data.db.updateTable("followed").set({ time_s: timeS }).execute();
    const run = async (days: number) => {
      const retention = createRetention(fixture.data, days);
      for (let step = 0; step < 4; step++) await retention.step();
      return bodies();
    };
    await followed(startMs / 1000 + 10 * 86_400);
    expect(await run(0)).to.equal(1);
    expect(await run(10)).to.equal(1);
    expect(await run(9)).to.equal(0);
  });

  it("says which checkpoints it does not know, because a store that was lost had built them", async () => {
    fixture.chain.sealForeign(0n, `0x${"11".repeat(32)}`);
    fixture.chain.finalize();
    await allowAdoption(fixture.data.db, 0);
    await fixture.store(1n);
    await fixture.seal();
    await fixture.seal();
    const url = `/v1/audit/${fixture.device.id}`;
    const refused = await fixture.get(`${url}?from=0`);
    expect([refused.status, refused.body.code]).to.eql([409, "CHECKPOINT_UNKNOWN"]);
    expect((await fixture.get(url)).headers["fieldseal-checkpoints"]).to.equal("1-1");
    const messages = await fixture.get("/v1/checkpoints/0/messages");
    expect(messages.body.code).to.equal("CHECKPOINT_UNKNOWN");
    expect((await fixture.get("/v1/checkpoints/0")).body.size).to.equal("1");
  });
});
