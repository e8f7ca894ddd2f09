import { expect } from "chai";
import { enrol, startMs } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

type Item = { device: string; sequence: string; value: string; checkpoint: string | null };

describe("GET /v1/readings", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  const sequences = (items: Item[]) => items.map(({ sequence }) => Number(sequence));

  /** Every page until the last. */
  async function all(query: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor = ""; ; ) {
      const { status, body } = await fixture.get(`/v1/readings?${query}${cursor}`);
      expect(status, JSON.stringify(body)).to.equal(200);
      items.push(...body.items);
      if (body.next === null) return items;
      cursor = `&cursor=${body.next}`;
    }
  }

  it("shows the newest reading first, exact to the digit", async () => {
    await fixture.store(1n, { value: 21.5 });
    await fixture.store(2n, { value: -0.000000000000000001 });
    const { body } = await fixture.get("/v1/readings");
    expect(body.items.map((item: Item) => item.value)).to.deep.equal([
      "-1",
      "21500000000000000000",
    ]);
    expect(body.items[0]).to.include({
      device: fixture.device.id,
      metric: "temperature/Cel",
      time: String(startMs),
      checkpoint: null,
    });
  });

  it("says in which checkpoint a reading is, once that is in a block", async () => {
    await fixture.store(1n);
    await fixture.sealer.step();
    expect((await fixture.get("/v1/readings")).body.items[0].checkpoint).to.equal(null);
    await fixture.seal();
    expect((await fixture.get("/v1/readings")).body.items[0].checkpoint).to.equal("0");
  });

  it("pages through all readings without losing or doubling one, in either order", async () => {
    for (let i = 1; i <= 7; i++) await fixture.store(BigInt(i), { timeMs: startMs - i * 1000 });
    expect(sequences(await all("limit=2"))).to.deep.equal([7, 6, 5, 4, 3, 2, 1]);
    const query = `limit=2&device=${fixture.device.id}`;
    expect(sequences(await all(query))).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it("pages through more messages than one look at the store takes", async () => {
    const count = 230;
    await fixture.storeMany(count);
    const { body } = await fixture.get("/v1/readings?limit=500");
    expect(new Set(sequences(body.items)).size).to.equal(count);
    const read = await all(`limit=99&device=${fixture.device.id}&to=${startMs}`);
    expect(new Set(sequences(read)).size).to.equal(count);
    expect(read).to.have.length(count);
  });

  it("takes readings by device, metric and time", async () => {
    const other = await enrol(fixture.data);
    await fixture.follow();
    await fixture.store(1n, { timeMs: startMs - 2000 });
    await fixture.store(2n, { timeMs: startMs - 1000 });
    await fixture.store(9n, { timeMs: startMs }, other);
    const device = `device=${fixture.device.id}`;
    expect(sequences(await all(device))).to.deep.equal([2, 1]);
    expect(sequences(await all(`${device}&to=${startMs - 1500}`))).to.deep.equal([1]);
    expect(sequences(await all(`${device}&from=${startMs - 1500}`))).to.deep.equal([2]);
    expect(sequences(await all(`from=${startMs - 1500}`))).to.deep.equal([9, 2]);
    expect(await all("metric=humidity/%25RH")).to.deep.equal([]);
    expect(await all("metric=temperature/Cel")).to.have.length(3);
  });

  it("names the parameter that it cannot take", async () => {
    for (const query of [
      "device=0x12",
      "limit=0",
      "limit=501",
      "from=yesterday",
      "cursor=bm9uc2Vuc2U",
      "colour=red",
    ]) {
      const { status, body } = await fixture.get(`/v1/readings?${query}`);
      expect([status, body.code], query).to.deep.equal([400, "REQUEST_INVALID"]);
      expect(body).to.have.all.keys("code", "message");
      expect(body.message, query).to.contain(query.split("=")[0]);
    }
  });

  it("keeps the readings of a restricted log from who does not say who he is", async () => {
    await fixture.end();
    fixture = await apiFixture({ restricted: true });
    await fixture.store(1n);
    await fixture.seal();
    const { id } = fixture.device;
    for (const path of ["readings", `proofs/${id}/0/1/0`, `audit/${id}`]) {
      const { status, body } = await fixture.get(`/v1/${path}`);
      expect([status, body.code], path).to.deep.equal([401, "SIGN_IN_REQUIRED"]);
    }
  });
});
