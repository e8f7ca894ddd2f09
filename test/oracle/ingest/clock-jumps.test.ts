import { decodeReceipt } from "@fieldseal/sdk";
import { expect } from "chai";
import { enrol, ingestFixture, removeFolders, signed, startMs } from "./fixture.ts";

const hourMs = 3_600_000;

describe("ingest, when the clock is set", () => {
  afterEach(removeFolders);

  for (const jumpedMs of [-hourMs, hourMs]) {
    const way = jumpedMs < 0 ? "back" : "on";

    it(`goes on giving a client its rate after an hour ${way} and again`, async () => {
      const fixture = await ingestFixture({ limits: { clientBurst: 1, clientRate: 1 } });
      const device = await enrol(fixture.store);
      await fixture.follow();
      let sequence = 0n;
      const send = async () => {
        sequence += 1n;
        const bytes = await signed(device, sequence, { timeMs: 0 });
        const outcome = await fixture.ingest.submit({ bytes, source: "mqtt", client: "a" });
        return outcome.kind === "refused" ? outcome.code : outcome.kind;
      };
      for (const jump of [0, jumpedMs, 0]) {
        fixture.clock.jumpedMs = jump;
        fixture.clock.ms += 1000;
        expect([await send(), await send()]).to.eql(["stored", "RATE_LIMITED"]);
      }
      await fixture.close();
    });

    it(`promises sealing a day after the time that it says, an hour ${way}`, async () => {
      const fixture = await ingestFixture();
      const device = await enrol(fixture.store);
      await fixture.follow();
      fixture.clock.jumpedMs = jumpedMs;
      const bytes = await signed(device, 1n, { timeMs: 0 });
      const outcome = await fixture.ingest.submit({ bytes, source: "mqtt", client: "a" });
      if (outcome.kind !== "stored") throw new Error(outcome.kind);
      const receipt = decodeReceipt(outcome.receipt);
      if (receipt.t !== "stored") throw new Error(receipt.t);
      expect(receipt.deadline - receipt.storedAt).to.equal(86_400n);
      await fixture.close();
    });
  }

  it("takes present readings when its clock is an hour late and a block tells the time", async () => {
    const fixture = await ingestFixture();
    const device = await enrol(fixture.store);
    await fixture.follow();
    fixture.clock.jumpedMs = -hourMs;
    const bytes = await signed(device, 1n, { timeMs: startMs });
    const submit = () => fixture.ingest.submit({ bytes, source: "mqtt", client: "a" });
    const early = await submit();
    expect(early.kind === "refused" ? early.code : early.kind).to.equal("TIME_AHEAD");
    fixture.clock.chainMs = startMs - 12_000;
    expect((await submit()).kind).to.equal("stored");
    await fixture.close();
  });
});
