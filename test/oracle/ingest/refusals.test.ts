import {
  bodyRoot,
  type DeviceId,
  type DeviceMessage,
  encodeCoseMessage,
  fromHex,
  type MessageBody,
  normaliseLowS,
  openBody,
  sigStructure,
  utf8,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { listReadings } from "../../../oracle/src/api/queries/list-readings.ts";
import type { Inbound } from "../../../oracle/src/ingest/types.ts";
import { listConflicts } from "../../../oracle/src/store/conflicts.ts";
import { listQuarantine } from "../../../oracle/src/store/quarantine.ts";
import {
  domain,
  enrol,
  type IngestFixture,
  ingestFixture,
  newSigner,
  removeFolders,
  rotate,
  setStatus,
  signed,
  startMs,
  type TestDevice,
} from "./fixture.ts";

const salt = "50".concat("07".repeat(16));
/** A CBOR body of one pack, from the hex of its records. */
const pack = (...records: string[]) =>
  fromHex(`0x82${salt}${(0x80 + records.length).toString(16)}${records.join("")}`);
/** {0: "t", 2: 21} and variants: name is label 0, value 2, sum 5, base name -2. */
const record = "a20061740215";

/** A message around any body, with a root that nobody can compute from it. */
function around(device: TestDevice, body: MessageBody): Uint8Array {
  const message: DeviceMessage = {
    device: device.id,
    keyIndex: 0,
    sequence: 1n,
    root: new Uint8Array(32).fill(1),
    keyType: 2,
    signature: new Uint8Array(64).fill(1),
    body,
  };
  return encodeCoseMessage(message);
}

describe("ingest, what it refuses", () => {
  let fixture: IngestFixture;
  let device: TestDevice;
  beforeEach(async () => {
    fixture = await ingestFixture();
    device = await enrol(fixture.store);
    await fixture.follow();
  });
  afterEach(async () => {
    await fixture.close();
    removeFolders();
  });

  const submit = (bytes: Uint8Array, how: Partial<Inbound> = {}) =>
    fixture.ingest.submit({ bytes, source: "mqtt", client: "client", ...how });

  /** Refused with this code, in the quarantine with its bytes, and nothing stored. */
  async function expectRefused(bytes: Uint8Array, code: string, how: Partial<Inbound> = {}) {
    const outcome = await submit(bytes, how);
    expect(outcome).to.include({ kind: "refused", code });
    const [kept] = await listQuarantine(fixture.store);
    expect(kept).to.include({ code, source: "mqtt", client: "client" });
    expect(Buffer.compare(kept?.raw ?? new Uint8Array(), bytes.subarray(0, 9216))).to.equal(0);
    const stored = await fixture.store.read.selectFrom("messages").select("id").execute();
    expect(stored).to.eql([]);
  }

  describe("because of its bytes", () => {
    it("refuses over 8 KiB", async () => {
      await expectRefused(new Uint8Array(8193).fill(0xd2), "MESSAGE_TOO_LARGE");
    });

    it("refuses what is neither COSE nor JSON, the empty message too", async () => {
      await expectRefused(utf8("temperature=21"), "MESSAGE_ENCODING");
      await expectRefused(new Uint8Array(), "MESSAGE_ENCODING");
    });

    it("refuses a COSE message that leaves the template by one byte", async () => {
      const bytes = await signed(device, 1n);
      bytes[6] = (bytes[6] ?? 0) ^ 1;
      await expectRefused(bytes, "MESSAGE_TEMPLATE");
    });

    it("refuses a message cut short, and one with bytes after its end", async () => {
      const bytes = await signed(device, 1n);
      await expectRefused(bytes.subarray(0, -1), "MESSAGE_TEMPLATE");
      await expectRefused(new Uint8Array([...bytes, 0]), "TRAILING_BYTES");
    });

    it("refuses JSON with a key twice, and with an unknown field", async () => {
      const text = Buffer.from(await signed(device, 1n, { encoding: "json" })).toString();
      await expectRefused(utf8(text.replace("{", '{"keyIndex":"0",')), "BODY_DUPLICATE_KEY");
      await expectRefused(utf8(text.replace("{", '{"qos":"0",')), "MESSAGE_FIELD");
    });
  });

  describe("because of its body", () => {
    const many = (count: number) => fromHex(`0x82${salt}9841${record.repeat(count)}`);
    const bodies: [string, string, Uint8Array][] = [
      ["nesting over 4", "BODY_NESTING", pack("a100a100a100a10001")],
      ["an array of indefinite length", "BODY_INDEFINITE", fromHex(`0x9f${salt}81${record}ff`)],
      ["a text of indefinite length", "BODY_INDEFINITE", pack("a2007f6174ff0215")],
      ["duplicate keys", "BODY_DUPLICATE_KEY", pack("a300617402150216")],
      ["trailing bytes", "TRAILING_BYTES", fromHex(`0x82${salt}81${record}00`)],
      ["a non-minimal integer", "BODY_NON_MINIMAL", pack("a200617402190015")],
      ["a name outside RFC 8428", "SENML_NAME", pack("a20061200215")],
      ["a name with a slash", "SENML_NAME", pack("a20063612f620215")],
      ["a record without a value", "SENML_NO_VALUE", pack("a1006174")],
      ["a record with a sum", "SENML_SUM", pack("a300617402150501")],
      ["more than 64 records", "SENML_TOO_MANY_RECORDS", many(65)],
      ["no record at all", "SENML_EMPTY", fromHex(`0x82${salt}80`)],
      ["a value over int256", "VALUE_RANGE", pack(`a200617402c25820${"ff".repeat(32)}`)],
      ["a value of more than 18 places", "VALUE_PRECISION", pack("a200617402c4823201")],
      ["a binary float", "BODY_FLOAT", pack("a200617402fb3ff3333333333333")],
      ["a metric over 31 bytes", "METRIC_TOO_LONG", pack(`a200782061${"61".repeat(31)}0215`)],
      ["a salt that is too short", "BODY_STRUCTURE", fromHex(`0x82410781${record}`)],
    ];
    for (const [what, code, bytes] of bodies) {
      it(`refuses ${what} with ${code}`, async () => {
        await expectRefused(around(device, { kind: "plain", bytes }), code);
      });
    }

    it("refuses a body that does not give the root", async () => {
      await expectRefused(
        around(device, { kind: "plain", bytes: pack(record) }),
        "BODY_ROOT_MISMATCH",
      );
    });

    it("takes an encrypted body unread, and refuses one that is no COSE_Encrypt0", async () => {
      const encrypted = fromHex("0xd08340a0420102");
      const message = await around(device, { kind: "encrypted", bytes: encrypted });
      expect(await submit(message)).to.include({ code: "SIGNATURE_INVALID" });
      const broken = around(device, { kind: "encrypted", bytes: fromHex("0xd08240a0") });
      expect(await submit(broken)).to.include({ code: "MESSAGE_TEMPLATE" });
    });
  });

  describe("because of its device and key", () => {
    it("refuses a device that nobody enrolled", async () => {
      const signer = newSigner();
      const stranger: DeviceId = "0x1111111111111111111111111111111111111111";
      await expectRefused(await signed({ id: stranger, signers: [signer] }, 1n), "DEVICE_UNKNOWN");
    });

    for (const status of ["suspended", "retired"] as const) {
      it(`refuses a ${status} device`, async () => {
        await setStatus(fixture.store, device, status);
        await fixture.follow();
        await expectRefused(await signed(device, 1n), `DEVICE_${status.toUpperCase()}`);
      });
    }

    it("refuses a device at home in another log", async () => {
      const away = await enrol(fixture.store, { home: 2n });
      await fixture.follow();
      await expectRefused(await signed(away, 1n), "DEVICE_ELSEWHERE");
    });

    it("refuses a key index that the device never had", async () => {
      const bytes = await signed(device, 1n, { keyIndex: 1, signer: newSigner() });
      await expectRefused(bytes, "KEY_UNKNOWN");
    });

    it("refuses a header that names another key type than the key's", async () => {
      const other = await enrol(fixture.store, { keyType: 1 });
      await fixture.follow();
      const bytes = await signed({ id: other.id, signers: [newSigner(2)] }, 1n);
      await expectRefused(bytes, "KEY_UNKNOWN");
    });

    it("takes a rotated key's messages to the last second of the grace and refuses them after", async () => {
      const endedS = startMs / 1000;
      await rotate(fixture.store, device, { block: 11, timeS: endedS });
      await fixture.follow(12, endedS + 3600);
      expect((await submit(await signed(device, 1n, { keyIndex: 0 }))).kind).to.equal("stored");
      await fixture.follow(13, endedS + 3601);
      const late = await signed(device, 2n, { keyIndex: 0 });
      expect(await submit(late)).to.include({ kind: "refused", code: "KEY_EXPIRED" });
      expect((await submit(await signed(device, 1n, { keyIndex: 1 }))).kind).to.equal("stored");
    });

    it("refuses a leaked key's messages at once", async () => {
      await rotate(fixture.store, device, { block: 11, timeS: startMs / 1000, compromised: true });
      await fixture.follow(11);
      await expectRefused(await signed(device, 1n, { keyIndex: 0 }), "KEY_COMPROMISED");
    });

    it("judges by block time, whatever its own clock says", async () => {
      const endedS = startMs / 1000;
      await rotate(fixture.store, device, { block: 11, timeS: endedS });
      await fixture.follow(12, endedS + 10);
      fixture.clock.ms += 7_200_000;
      expect((await submit(await signed(device, 1n, { keyIndex: 0 }))).kind).to.equal("stored");
    });

    it("refuses another device's signature, another deployment's and one over other facts", async () => {
      const cases = [
        await signed(device, 1n, { signer: newSigner() }),
        await signed(device, 1n, { domain: new Uint8Array(32) }),
      ];
      for (const bytes of cases) await expectRefused(bytes, "SIGNATURE_INVALID");
      const changed = await signed(device, 1n);
      // Last byte of the sequence: at 4 + 1 + 1 + 1 + 13 + 2 + 20 + 6 + 11 it still is template.
      const at = Buffer.from(changed).indexOf(Buffer.from("3a000100004c", "hex")) + 6 + 11;
      changed[at] = 2;
      await expectRefused(changed, "SIGNATURE_INVALID");
    });

    it("takes a high-s signature, which half of all secure elements make", async () => {
      const low = await signed(device, 1n);
      const s = BigInt(`0x${Buffer.from(low.subarray(-32)).toString("hex")}`);
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const high = low.slice();
      high.set(fromHex(`0x${(order - s).toString(16).padStart(64, "0")}`), high.length - 32);
      expect((await submit(high)).kind).to.equal("stored");
      const { signature } = await fixture.store.read
        .selectFrom("messages")
        .select("signature")
        .executeTakeFirstOrThrow();
      expect(Buffer.compare(signature ?? utf8(""), normaliseLowS(2, high.slice(-64)))).to.equal(0);
    });
  });

  it("refuses a reading more than 10 minutes ahead of the clock and takes one just within", async () => {
    await expectRefused(await signed(device, 1n, { timeMs: startMs + 600_001 }), "TIME_AHEAD");
    const within = await signed(device, 1n, { timeMs: startMs + 600_000 });
    expect((await submit(within)).kind).to.equal("stored");
  });

  it("takes readings from any past and from a device without a clock", async () => {
    const old = await signed(device, 1n, { timeMs: 1_000_000_000_000 });
    expect((await submit(old)).kind).to.equal("stored");
    expect((await submit(await signed(device, 2n, { timeMs: 0 }))).kind).to.equal("stored");
  });

  it("refuses a message under the topic of another device", async () => {
    const topicDevice: DeviceId = "0x2222222222222222222222222222222222222222";
    await expectRefused(await signed(device, 1n), "TOPIC_MISMATCH", { topicDevice });
  });

  it("drops a retained message unless it is known, and then acknowledges it", async () => {
    const bytes = await signed(device, 1n);
    expect(await submit(bytes, { retained: true })).to.include({ code: "RETAINED" });
    expect((await submit(bytes)).kind).to.equal("stored");
    expect((await submit(bytes, { retained: true })).kind).to.equal("duplicate");
    expect(await listQuarantine(fixture.store)).to.eql([]);
  });

  it("still acknowledges what it stored when the device was suspended since", async () => {
    const bytes = await signed(device, 1n);
    await submit(bytes);
    await setStatus(fixture.store, device, "suspended");
    await fixture.follow(11);
    expect((await submit(bytes)).kind).to.equal("duplicate");
  });

  it("keeps a second content for one identity as evidence, once, and the first stays", async () => {
    const [first, second] = [
      await signed(device, 1n, { value: 1 }),
      await signed(device, 1n, { value: 2 }),
    ];
    expect((await submit(first)).kind).to.equal("stored");
    expect(await submit(second)).to.include({ code: "MESSAGE_CONFLICT" });
    expect(await submit(second)).to.include({ code: "MESSAGE_CONFLICT" });
    const conflicts = await listConflicts(fixture.store, device.id);
    expect(conflicts).to.have.length(1);
    expect(Buffer.compare(conflicts[0]?.raw ?? new Uint8Array(), second)).to.equal(0);
    expect((await submit(first)).kind).to.equal("duplicate");
  });

  it("accepts no forged evidence: a conflict needs the device's signature", async () => {
    await submit(await signed(device, 1n, { value: 1 }));
    const forged = await signed(device, 1n, { value: 2, signer: newSigner() });
    expect(await submit(forged)).to.include({ code: "SIGNATURE_INVALID" });
    expect(await listConflicts(fixture.store)).to.eql([]);
  });

  it("judges again at the commit when the chain moved on while the signature was checked", async () => {
    const bytes = await signed(device, 1n);
    const pending = submit(bytes);
    await setStatus(fixture.store, device, "suspended");
    await fixture.follow(11);
    expect(await pending).to.include({ kind: "refused", code: "DEVICE_SUSPENDED" });
  });

  it("counts a message as judged at the block that its commit found", async () => {
    const pending = submit(await signed(device, 1n));
    await fixture.follow(11);
    expect((await pending).kind).to.equal("stored");
    const row = await fixture.store.read.selectFrom("unsealed").selectAll().executeTakeFirst();
    expect(row).to.include({ accepted_block: 11 });
  });

  it("waits for its directory when the store follows a later block already", async () => {
    const bytes = await signed(device, 1n);
    const values = { number: 11, hash: "0x00", time_s: startMs / 1000 } as const;
    await fixture.store.db.insertInto("followed").values(values).execute();
    await setStatus(fixture.store, device, "suspended");
    const pending = submit(bytes);
    let settled = false;
    void pending.then(() => {
      settled = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise((next) => setImmediate(next));
    expect(settled).to.equal(false);
    await fixture.follow(11);
    expect(await pending).to.include({ kind: "refused", code: "DEVICE_SUSPENDED" });
  });

  it("counts each refusal under its code", async () => {
    const counter = fixture.common.metrics.messagesRefused;
    const of = async () =>
      (await counter.get()).values
        .filter(({ labels }) => labels.code === "MESSAGE_ENCODING")
        .reduce((sum, { value }) => sum + value, 0);
    const before = await of();
    await submit(utf8("x"));
    expect(await of()).to.equal(before + 1);
  });
});

describe("ingest, an encrypted message", () => {
  after(removeFolders);

  it("is stored without a reading and keeps the root of its plaintext", async () => {
    const fixture = await ingestFixture();
    const device = await enrol(fixture.store);
    await fixture.follow();
    const { salt: plainSalt, records } = openBody({ kind: "plain", bytes: pack(record) });
    const facts = {
      device: device.id,
      keyIndex: 0,
      sequence: 1n,
      root: bodyRoot(plainSalt, records),
    };
    const signature = await device.signers[0]?.sign(
      sigStructure({ ...facts, keyType: 2 }, domain),
      "sha256",
    );
    const body = { kind: "encrypted", bytes: fromHex("0xd08340a0420102") } as const;
    const bytes = encodeCoseMessage({
      ...facts,
      keyType: 2,
      signature: signature ?? new Uint8Array(),
      body,
    });
    const outcome = await fixture.ingest.submit({ bytes, source: "http", client: "c" });
    expect(outcome.kind).to.equal("stored");
    expect((await listReadings(fixture.store.read, {}, 10)).items).to.eql([]);
    await fixture.close();
  });
});
