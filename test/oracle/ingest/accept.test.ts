import { decodeMessage, decodeReceipt, hex, verifyStoredReceipt } from "@fieldseal/sdk";
import { expect } from "chai";
import { sql } from "kysely";
import { leafOfFacts, sequenceBlob } from "../../../oracle/src/store/blobs.ts";
import {
  enrol,
  type IngestFixture,
  ingestFixture,
  metrics,
  operatorKey,
  receiptDomain,
  removeFolders,
  signed,
  startMs,
} from "./fixture.ts";

describe("ingest, what it takes", () => {
  let fixture: IngestFixture;
  beforeEach(async () => {
    fixture = await ingestFixture();
  });
  afterEach(async () => {
    await fixture.close();
    removeFolders();
  });

  const submit = (bytes: Uint8Array, client = "client") =>
    fixture.ingest.submit({ bytes, source: "mqtt", client });

  for (const encoding of ["cose", "json"] as const) {
    for (const keyType of [1, 2] as const) {
      it(`stores a ${encoding} message of key type ${keyType} and answers with a receipt that binds the operator`, async () => {
        const device = await enrol(fixture.store, { keyType });
        await fixture.follow();
        const bytes = await signed(device, 2n ** 64n - 1n, { encoding });
        const outcome = await submit(bytes);
        if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
        const receipt = decodeReceipt(outcome.receipt);
        if (receipt.t !== "stored") throw new Error(receipt.t);
        const domain = receiptDomain;
        const operators = [operatorKey.address];
        verifyStoredReceipt(receipt, decodeMessage(bytes), { domain, operators });
        expect(receipt.deadline - receipt.storedAt).to.equal(86_400n);
        const row = await fixture.store.read
          .selectFrom("messages")
          .innerJoin("unsealed", "unsealed.message_id", "messages.id")
          .innerJoin("message_bodies", "message_bodies.message_id", "messages.id")
          .selectAll()
          .executeTakeFirstOrThrow();
        expect(row).to.include({
          first_time_ms: startMs,
          last_time_ms: startMs,
          accepted_block: 10,
          key_type: keyType,
        });
        expect(sequenceBlob(2n ** 64n - 1n).equals(row.sequence)).to.equal(true);
        expect(Buffer.compare(row.raw, bytes)).to.equal(0);
        expect(Buffer.from(row.leaf)).to.eql(leafOfFacts(decodeMessage(bytes)));
      });
    }
  }

  it("covers many messages that came together with one signature, each with its own path", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const messages = await Promise.all(
      Array.from({ length: 40 }, (_, i) => signed(device, BigInt(i + 1))),
    );
    const outcomes = await Promise.all(messages.map((bytes) => submit(bytes)));
    const roots = new Set<string>();
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
      const receipt = decodeReceipt(outcome.receipt);
      if (receipt.t !== "stored") throw new Error(receipt.t);
      const facts = decodeMessage(messages[at] ?? new Uint8Array());
      const operators = [operatorKey.address];
      verifyStoredReceipt(receipt, facts, { domain: receiptDomain, operators });
      roots.add(Buffer.from(receipt.signature).toString("hex"));
    }
    expect(roots.size).to.be.lessThan(5);
  });

  it("acknowledges each message of a commit again with its own receipt, in whatever order they came", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const messages = await Promise.all(
      Array.from({ length: 10 }, (_, i) => signed(device, BigInt(10 - i))),
    );
    const receipts = async () => {
      const outcomes = await Promise.all(messages.map((bytes) => submit(bytes)));
      return outcomes.map((outcome) => "receipt" in outcome && hex(outcome.receipt));
    };
    const first = await receipts();
    expect(new Set(first).size).to.equal(10);
    expect(await receipts()).to.eql(first);
  });

  it("acknowledges a message again with the same receipt, and stores it once, even across a restart", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const bytes = await signed(device, 7n);
    const first = await submit(bytes);
    await fixture.close();
    fixture = await ingestFixture({}, fixture.path);
    await fixture.follow();
    const [second, third] = await Promise.all([submit(bytes), submit(bytes)]);
    expect([first.kind, second.kind, third.kind]).to.eql(["stored", "duplicate", "duplicate"]);
    if (first.kind === "refused" || second.kind === "refused") throw new Error("refused");
    expect(Buffer.compare(first.receipt, second.receipt)).to.equal(0);
    const rows = await fixture.store.read.selectFrom("messages").selectAll().execute();
    expect(rows).to.have.length(1);
  });

  it("stores one of two equal messages in the same commit and acknowledges both", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const bytes = await signed(device, 7n);
    const outcomes = await Promise.all([submit(bytes, "a"), submit(bytes, "b")]);
    expect(outcomes.map(({ kind }) => kind).sort()).to.eql(["duplicate", "stored"]);
  });

  it("takes messages in any order of their sequences", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    for (const sequence of [9n, 3n, 4_294_967_297n, 0n]) {
      expect((await submit(await signed(device, sequence))).kind).to.equal("stored");
    }
  });

  it("finishes what it took before it stops and refuses what comes after", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const bytes = await signed(device, 1n);
    const taken = submit(bytes);
    await fixture.ingest.stop();
    expect((await taken).kind).to.equal("stored");
    expect(await submit(bytes)).to.include({ kind: "refused", code: "STOPPING" });
  });

  it("answers STORE_FAILED, not stored, when the disk refuses", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    await sql`drop table unsealed`.execute(fixture.store.db);
    expect(await submit(await signed(device, 1n))).to.include({ code: "STORE_FAILED" });
    expect(await fixture.store.read.selectFrom("messages").selectAll().execute()).to.eql([]);
  });

  it("stores the other messages of a commit when the store cannot hold one of them", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    const seventh = sequenceBlob(7n).toString("hex");
    const refusal =
      fixture.store.engine === "sqlite"
        ? `create trigger one before insert on messages when new.sequence = x'${seventh}'
           begin select raise(abort, 'no'); end`
        : `alter table messages add check (sequence <> '\\x${seventh}')`;
    await sql.raw(refusal).execute(fixture.store.db);
    const messages = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signed(device, BigInt(i))),
    );
    const outcomes = await Promise.all(messages.map((bytes) => submit(bytes)));
    const kinds = outcomes.map((outcome) => ("code" in outcome ? outcome.code : outcome.kind));
    expect(kinds.indexOf("STORE_FAILED")).to.equal(7);
    expect(kinds.filter((kind) => kind === "stored")).to.have.length(11);
  });

  it("tries a commit once, not each message of it, when it is the store that fails", async () => {
    const device = await enrol(fixture.store);
    await fixture.follow();
    await sql`drop table unsealed`.execute(fixture.store.db);
    const failures = async () => (await metrics.storeErrors.get()).values[0]?.value ?? 0;
    const before = await failures();
    const messages = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signed(device, BigInt(i))),
    );
    await Promise.all(messages.map((bytes) => submit(bytes)));
    expect((await failures()) - before).to.be.within(1, 4);
  });

  it("has no more messages in one commit than it may", async () => {
    await fixture.close();
    fixture = await ingestFixture({ limits: { maxBatch: 3 } });
    const device = await enrol(fixture.store);
    await fixture.follow();
    const messages = await Promise.all(
      Array.from({ length: 20 }, (_, i) => signed(device, BigInt(i))),
    );
    await Promise.all(messages.map((bytes) => submit(bytes)));
    const batches = await fixture.store.read.selectFrom("batches").select("size").execute();
    expect(batches.reduce((sum, { size }) => sum + size, 0)).to.equal(20);
    for (const { size } of batches) expect(size).to.be.at.most(3);
  });
});
