import {
  checkMessageOffline,
  checkProofOffline,
  fromHex,
  hex,
  leafHash,
  parseAuditBundle,
  parseMessageProof,
  parseProof,
  rootFromPath,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { domain, enrol } from "../ingest/fixture.ts";
import { type ApiFixture, apiFixture } from "./fixture.ts";

describe("GET /v1/proofs", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  it("gives the proof of a sealed reading, which verifies offline", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const { status, body } = await fixture.get(`/v1/proofs/${fixture.device.id}/0/1/0`);
    expect(status, JSON.stringify(body)).to.equal(200);
    const proof = parseProof(body);
    expect(checkProofOffline(proof, domain).signatureChecked).to.equal(true);
    expect(proof.reading).to.include({ metric: "temperature/Cel", value: "21500000000000000000" });
    expect(body.checkpoint.signers).to.equal("0x01");
  });

  it("gives proofs from every place of a checkpoint of several subtrees", async () => {
    const count = 300;
    await fixture.storeMany(count);
    await fixture.seal();
    for (const sequence of [1, 2, 255, 256, 257, 258, 299, 300]) {
      const { body } = await fixture.get(`/v1/proofs/${fixture.device.id}/0/${sequence}/0`);
      expect(body.checkpoint?.size, JSON.stringify(body)).to.equal(String(count));
      checkProofOffline(parseProof(body), domain);
    }
  });

  it("says what is not sealed yet, and what there is not", async () => {
    await fixture.store(1n);
    const { id } = fixture.device;
    const cases: [string, number, string][] = [
      [`${id}/0/1/0`, 404, "NOT_SEALED_YET"],
      [`${id}/0/2/0`, 404, "NOT_FOUND"],
      [`${id}/1/1/0`, 404, "NOT_FOUND"],
      [`${id}/0/18446744073709551616/0`, 400, "REQUEST_INVALID"],
      [`${id}/0/1/64`, 400, "REQUEST_INVALID"],
      [`0xzz/0/1/0`, 400, "REQUEST_INVALID"],
    ];
    for (const [path, status, code] of cases) {
      const answer = await fixture.get(`/v1/proofs/${path}`);
      expect([answer.status, answer.body.code], path).to.deep.equal([status, code]);
    }
    await fixture.seal();
    const { body } = await fixture.get(`/v1/proofs/${id}/0/1/1`);
    expect(body.code).to.equal("NOT_FOUND");
  });

  it("proves a message without its readings, on a restricted log too", async () => {
    await fixture.end();
    fixture = await apiFixture({ restricted: true });
    await fixture.store(1n);
    await fixture.seal();
    const { status, body } = await fixture.get(`/v1/proofs/${fixture.device.id}/0/1`);
    expect(status).to.equal(200);
    expect(body).not.to.have.property("reading");
    expect(checkMessageOffline(parseMessageProof(body), domain).signatureChecked).to.equal(true);
  });
});

describe("GET /v1/audit", () => {
  let fixture: ApiFixture;
  beforeEach(async () => {
    fixture = await apiFixture();
  });
  afterEach(() => fixture.end());

  it("bundles a device's messages between the neighbours that show nothing is missing", async () => {
    const others = [await enrol(fixture.data), await enrol(fixture.data)];
    await fixture.follow();
    for (let i = 1; i <= 3; i++) {
      await fixture.store(BigInt(i));
      for (const other of others) await fixture.store(BigInt(i), {}, other);
      if (i < 3) await fixture.seal();
    }
    await fixture.seal();
    const { status, body } = await fixture.get(`/v1/audit/${fixture.device.id}`);
    expect(status).to.equal(200);
    const bundle = parseAuditBundle(body);
    expect(bundle.checkpoints.map(({ index }) => index)).to.deep.equal(["0", "1", "2"]);
    expect(bundle.messages).to.have.length(3);
    for (const { index, before, after, size, root } of bundle.checkpoints) {
      const own = bundle.messages.find(({ checkpoint }) => checkpoint === index);
      const place = Number(own?.index);
      expect(before?.index).to.equal(place === 0 ? undefined : String(place - 1));
      expect(after?.index).to.equal(place === 2 ? undefined : String(place + 1));
      for (const entry of [before, own, after]) {
        if (entry === undefined) continue;
        const path = entry.path.map((node) => fromHex(node));
        const leaf = leafHash(fromHex(entry.leaf));
        const reached = rootFromPath(leaf, BigInt(entry.index), BigInt(size), path);
        expect(hex(reached ?? new Uint8Array())).to.equal(root);
        expect(entry.leaf.startsWith(fixture.device.id)).to.equal(entry === own);
      }
    }
  });

  it("shows a message that was damaged in the store as it is, for the audit to name", async () => {
    await fixture.store(1n);
    await fixture.seal();
    const url = `/v1/audit/${fixture.device.id}`;
    const [sound] = parseAuditBundle((await fixture.get(url)).body).messages;
    const { raw } = await fixture.data.db
      .selectFrom("message_bodies")
      .select("raw")
      .executeTakeFirstOrThrow();
    // The tag, the device's id, the body's salt, the pack's end, the signature: some leave no message to decode.
    for (const at of [0, 30, raw.length - 130, raw.length - 70, raw.length - 1]) {
      const damaged = Buffer.from(raw);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await fixture.data.db.updateTable("message_bodies").set({ raw: damaged }).execute();
      const { status, body } = await fixture.get(url);
      expect(status, `byte ${at}`).to.equal(200);
      const [shown] = parseAuditBundle(body).messages;
      expect(shown?.bytes, `byte ${at}`).to.not.equal(sound?.bytes);
    }
  });

  it("bundles only the checkpoints that are asked for", async () => {
    for (let i = 1; i <= 3; i++) {
      await fixture.store(BigInt(i));
      await fixture.seal();
    }
    const { body } = await fixture.get(`/v1/audit/${fixture.device.id}?from=1&to=1`);
    expect(parseAuditBundle(body).messages.map(({ checkpoint }) => checkpoint)).to.deep.equal([
      "1",
    ]);
  });

  it("refuses a range that is not sealed, or upside down, or of an unknown device", async () => {
    const { id } = fixture.device;
    expect((await fixture.get(`/v1/audit/${id}`)).body.code).to.equal("NOT_SEALED_YET");
    await fixture.store(1n);
    await fixture.seal();
    expect((await fixture.get(`/v1/audit/${id}?to=5`)).body.code).to.equal("NOT_SEALED_YET");
    const reversed = await fixture.get(`/v1/audit/${id}?from=1&to=0`);
    expect(reversed.body.code).to.equal("REQUEST_INVALID");
    const unknown = `0x${"12".repeat(20)}`;
    expect((await fixture.get(`/v1/audit/${unknown}`)).body.code).to.equal("NOT_FOUND");
  });
});
