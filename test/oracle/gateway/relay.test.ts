import { join } from "node:path";
import {
  type DeviceMessage,
  deviceIdOf,
  encodeBody,
  FieldsealError,
  generateKey,
  hex,
  packOf,
  publicKeyOf,
  type Reading,
  signMessage,
  softwareSigner,
} from "@fieldseal/sdk";
import { expect } from "chai";
import type { createGatewayMetrics } from "../../../oracle/src/gateway/gateway-metrics.ts";
import { rawDigest } from "../../../oracle/src/gateway/raw-digest.ts";
import { RawStore } from "../../../oracle/src/gateway/raw-store.ts";
import { recover } from "../../../oracle/src/gateway/recover.ts";
import type { Relay } from "../../../oracle/src/gateway/relay.ts";
import { type ManualClock, manualClock, temporaryFolder } from "../../support/service.ts";
import { sourceMessage } from "./fixture.ts";
import { testRelay } from "./test-relay.ts";

const formats = `
formats:
  tasmota: {}
  chirpstack: {}
  mapping:
    - { topic: "plain/+", payload: text, readings: [{ name: level, unit: mm }] }
    - { topic: "wide/+", readings: [{ name: v, path: v }, { name: w, path: w, type: text }] }`;

const dated = (time: string) => `{"Time":"${time}","AM2301":{"Temperature":21.5},"TempUnit":"C"}`;

describe("relaying", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: ManualClock;
  let store: RawStore;
  let relay: Relay;
  let sent: (readonly Reading[])[];
  let room: number;
  let dropped: number;
  let metrics: ReturnType<typeof createGatewayMetrics>;

  const open = (limits = "") => {
    const made = testRelay(`${formats}\nlimits: { ${limits} }`, {
      clock,
      store,
      device: {
        async send(readings) {
          if (sent.length - dropped >= room) throw new FieldsealError("OUTBOX_FULL", "full");
          sent.push(readings);
          return { sequence: BigInt(sent.length) } as DeviceMessage;
        },
        async dropOldest() {
          dropped += 1;
          return true;
        },
      },
    });
    relay = made.relay;
    metrics = made.metrics;
  };
  const take = (topic: string, payload: string | Uint8Array, more = {}) =>
    relay.take(sourceMessage(topic, payload, more));

  beforeEach(() => {
    folder = temporaryFolder();
    clock = manualClock(Date.parse("2026-01-01T12:00:00Z"));
    store = RawStore.open(folder.path);
    sent = [];
    room = 1000;
    dropped = 0;
    open();
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  it("names origin, source, attestation, clock and raw digest in every message", async () => {
    const payload = dated("2026-01-01T11:59:58");
    await take("tele/attic/SENSOR", payload);
    const [readings = []] = sent;
    const texts = readings.flatMap((one) => ("text" in one ? [[one.name, one.text]] : []));
    const bytes = new TextEncoder().encode(payload);
    const digest = rawDigest("tele/attic/SENSOR", bytes);
    expect(texts).to.deep.equal([
      ["origin.id", "tasmota/attic"],
      ["origin.source", "tasmota"],
      ["origin.time", "source"],
      ["origin.digest", hex(digest)],
    ]);
    expect(readings).to.deep.include({
      name: "origin.attestation",
      value: 0,
      timeMs: Date.parse("2026-01-01T11:59:58Z"),
    });
    expect(store.get(digest)).to.deep.include({ topic: "tele/attic/SENSOR", payload: bytes });
  });

  it("marks each single reading as relayed, in the leaf that its proof shows", async () => {
    await take("tele/attic/SENSOR", dated("2026-01-01T11:59:58"));
    const own = sent.flat().filter(({ name }) => !name.startsWith("origin."));
    expect(own).to.have.length(1);
    expect(own[0]?.name).to.match(/^r:[a-z0-9]{6}:AM2301\.Temperature$/);
  });

  it("says of a LoRaWAN device that its network authenticated it", async () => {
    const event = { deviceInfo: { devEui: "0101010101010101" }, data: "qg==", fCnt: 3 };
    await take("application/a/device/0101010101010101/event/up", JSON.stringify(event));
    const attestation = sent.flat().find(({ name }) => name === "origin.attestation");
    expect(attestation).to.include({ value: 1 });
  });

  it("takes no retained message for a reading, and counts it", async () => {
    const more = { retained: true };
    const outcome = await take("tele/attic/SENSOR", dated("2026-01-01T11:59:58"), more);
    expect(outcome).to.deep.equal({ kind: "refused", code: "RELAY_RETAINED" });
    expect(sent).to.have.length(0);
    const [{ value } = { value: 0 }] = (await metrics.refused.get()).values;
    expect(value).to.equal(1);
  });

  it("relays once what is published again with the same time", async () => {
    const payload = dated("2026-01-01T11:59:58");
    await take("tele/attic/SENSOR", payload);
    clock.advance(60_000);
    const again = await take("tele/attic/SENSOR", payload, { packetId: 9 });
    expect(again).to.deep.equal({ kind: "refused", code: "RELAY_DUPLICATE" });
    expect(sent).to.have.length(1);
  });

  it("relays once what ChirpStack sends again under the same deduplicationId", async () => {
    const topic = "application/a/device/0101010101010101/event/up";
    const event = {
      deduplicationId: "one",
      deviceInfo: { devEui: "0101010101010101" },
      data: "qg==",
    };
    await take(topic, JSON.stringify(event));
    const again = await take(topic, JSON.stringify({ ...event, time: "2026-01-01T12:00:00Z" }));
    expect(again).to.deep.equal({ kind: "refused", code: "RELAY_DUPLICATE" });
  });

  it("knows a packet that the broker repeats, and an equal value for a new one", async () => {
    await take("plain/tank", "21.5", { packetId: 5 });
    const repeated = await take("plain/tank", "21.5", { packetId: 5, repeated: true });
    expect(repeated).to.deep.equal({ kind: "refused", code: "RELAY_DUPLICATE" });
    expect((await take("plain/tank", "21.5", { packetId: 6 })).kind).to.equal("relayed");
    expect((await take("plain/tank", "21.5", { packetId: 8, repeated: true })).kind).to.equal(
      "relayed",
    );
    expect(sent).to.have.length(3);
  });

  it("remembers over a restart what it has relayed", async () => {
    const payload = dated("2026-01-01T11:59:58");
    await take("tele/attic/SENSOR", payload);
    store.close();
    store = RawStore.open(folder.path);
    open();
    expect((await take("tele/attic/SENSOR", payload)).kind).to.equal("refused");
    expect(sent).to.have.length(1);
  });

  it("holds a message back where nothing gives way, and relays it once when there is room", async () => {
    open("whenFull: hold");
    room = 0;
    const payload = dated("2026-01-01T11:59:58");
    const error = await take("tele/attic/SENSOR", payload).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "RELAY_OUTBOX_FULL");
    room = 1;
    const again = await take("tele/attic/SENSOR", payload, { repeated: true });
    expect(again).to.deep.equal({ kind: "relayed", messages: 1 });
    expect(sent).to.have.length(1);
  });

  it("goes on with the part that was missing when a message is several", async () => {
    const wide = Array.from({ length: 60 }, (_, n) => `"s${n}":${n}`).join(",");
    const payload = `{"Time":"2026-01-01T11:59:58",${wide}}`;
    room = 1;
    await take("tele/attic/SENSOR", payload).catch(() => {});
    room = 9;
    await take("tele/attic/SENSOR", payload, { repeated: true });
    const names = sent.flat().filter(({ name }) => name.startsWith("r:"));
    expect(sent).to.have.length(2);
    expect(new Set(names.map(({ name }) => name)).size).to.equal(60);
  });

  it("drops what the operator wants dropped first, and counts it", async () => {
    open("whenFull: drop-newest");
    room = 0;
    expect(await take("plain/tank", "1")).to.deep.equal({
      kind: "refused",
      code: "RELAY_OUTBOX_FULL",
    });
    open("whenFull: drop-oldest");
    expect((await take("plain/tank", "2")).kind).to.equal("relayed");
    expect(dropped).to.equal(1);
    expect((await metrics.dropped.get()).values).to.deep.equal([
      { labels: { what: "oldest" }, value: 1 },
    ]);
  });

  it("holds each origin to its share and lets the others through", async () => {
    open("originRate: 1, originBurst: 3");
    const kinds: string[] = [];
    for (let n = 0; n < 5; n++) kinds.push((await take("plain/loud", String(n))).kind);
    expect(kinds).to.deep.equal(["relayed", "relayed", "relayed", "refused", "refused"]);
    expect((await take("plain/quiet", "1")).kind).to.equal("relayed");
    clock.advance(1000);
    expect((await take("plain/loud", "9")).kind).to.equal("relayed");
  });

  it("gives an origin its share of the time for which the source's broker kept its messages", async () => {
    open("originRate: 1, originBurst: 2");
    const burst = async (origin: string, count: number) => {
      let taken = 0;
      for (let n = 0; n < count; n++) {
        const { kind } = await take(`plain/${origin}`, `${n}`, { packetId: n + 1 });
        if (kind === "relayed") taken += 1;
      }
      return taken;
    };
    expect(await burst("a", 20)).to.equal(2);
    relay.wasAway(10_000);
    expect(await burst("a", 20)).to.equal(10);
    expect(await burst("b", 20)).to.equal(12);
    relay.wasAway(5000);
    relay.wasAway(-3_600_000);
    expect(await burst("a", 20)).to.equal(5);
    clock.advance(3_600_000);
    expect(await burst("c", 20)).to.equal(2);
    relay.wasAway(3000);
    expect(await burst("c", 20)).to.equal(3);
  });

  it("counts what it keeps without reading it all again", async () => {
    const recount = () => {
      const other = RawStore.openToRead(folder.path);
      const bytes = other.bytes();
      other.close();
      return bytes;
    };
    expect(store.bytes()).to.equal(0);
    for (let n = 0; n < 5; n++) await take(`plain/${n}`, `${n}00`, { packetId: n + 1 });
    await take("plain/0", "000", { packetId: 9 });
    expect(store.bytes())
      .to.equal(recount())
      .and.equal(5 * 203);
    store.prune({ days: 1, bytes: 300 }, clock.nowMs());
    expect(store.bytes()).to.equal(recount());
    for (let n = 0; n < 5; n++) await take(`plain/${n}`, `${n}0`, { packetId: n + 1 });
    clock.advance(2 * 86_400_000);
    store.prune({ days: 1, bytes: 1e9 }, clock.nowMs());
    expect(store.bytes()).to.equal(0).and.equal(recount());
  });

  it("takes no more origins than the settings allow", async () => {
    open("origins: 2");
    for (const name of ["a", "b"]) await take(`plain/${name}`, "1");
    expect(await take("plain/c", "1")).to.deep.equal({ kind: "refused", code: "RELAY_ORIGINS" });
    expect((await take("plain/a", "2")).kind).to.equal("relayed");
  });

  it("refuses hostile payloads with a code, and survives all of them", async () => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    const cases: [string, string | Uint8Array, string | undefined][] = [
      ["tele/x/SENSOR", "x".repeat(300_000), "RELAY_TOO_LARGE"],
      ["tele/x/SENSOR", new Uint8Array([0x7b, 0xff, 0xfe]), "RELAY_ENCODING"],
      ["tele/x/SENSOR", `{"a":${deep}}`, "RELAY_JSON"],
      ["tele/x/SENSOR", '{"A":{"Temperature":NaN}}', "RELAY_JSON"],
      ["tele/x/SENSOR", '{"a":1,"a":2}', "RELAY_JSON"],
      ["tele/x/SENSOR", "[1,2,3]", "RELAY_SHAPE"],
      ["tele/x/SENSOR", "null", "RELAY_SHAPE"],
      ["tele/x/SENSOR", "", "RELAY_JSON"],
      ["tele/x/SENSOR", '{"A":{"Temperature":null}}', "RELAY_EMPTY"],
      ["tele/x/SENSOR", '{"A":{"Power":1e999}}', "RELAY_EMPTY"],
      ["tele/x/SENSOR", '{"A":{"Power":1e-30}}', "RELAY_EMPTY"],
      ["tele/x/LWT", "maybe", "RELAY_SHAPE"],
      ["wide/x", `{"w":"${"y".repeat(2000)}"}`, "RELAY_EMPTY"],
      ["wide/x", '{"v":{"v":1}}', "RELAY_EMPTY"],
      [`plain/${"n".repeat(300)}`, "1", "RELAY_SHAPE"],
      ["elsewhere", "1", "RELAY_TOPIC"],
    ];
    for (const [topic, payload, code] of cases) {
      const outcome = await take(topic, payload);
      expect(outcome, `${topic} ${String(payload).slice(0, 40)}`).to.deep.equal({
        kind: "refused",
        code,
      });
    }
    expect(sent).to.have.length(0);
  });

  it("takes members called __proto__ and constructor for names like any other", async () => {
    const payload = '{"__proto__":{"Temperature":1},"constructor":{"x":2},"toString":3}';
    expect((await take("tele/x/SENSOR", payload)).kind).to.equal("relayed");
    expect(({} as Record<string, unknown>).Temperature).to.equal(undefined);
    const names = sent.flat().filter(({ name }) => name.startsWith("r:"));
    expect(names).to.have.length(3);
  });

  it("makes bodies that fit a message, whatever the source sends", async () => {
    const texts = Array.from({ length: 40 }, (_, n) => `"t${n}":"${"ü".repeat(500)}"`).join(",");
    const numbers = Array.from({ length: 300 }, (_, n) => `"n${n}":${"9".repeat(57)}.5`).join(",");
    await take("tele/x/SENSOR", `{${texts},${numbers}}`);
    expect(sent.length).to.be.greaterThan(4);
    for (const readings of sent) {
      const body = encodeBody({ salt: new Uint8Array(16), pack: packOf(readings) });
      expect(body.kind === "plain" && body.bytes.length).to.be.lessThan(7900);
      expect(readings.length).to.be.at.most(64);
    }
  });

  it("forgets raw messages by age and by size, the oldest first", async () => {
    for (let n = 0; n < 20; n++) {
      await take("plain/tank", String(n));
      clock.advance(1000);
    }
    const nowMs = clock.nowMs();
    expect(store.prune({ days: 1, bytes: 1_000_000 }, nowMs)).to.equal(0);
    expect(store.prune({ days: 1, bytes: 0 }, nowMs)).to.equal(20);
    await take("plain/tank", "21");
    expect(store.prune({ days: 1, bytes: 1_000_000 }, nowMs + 2 * 86_400_000)).to.equal(1);
  });

  it("is read while a gateway works on it", async () => {
    await take("plain/tank", "1");
    const other = RawStore.openToRead(folder.path);
    const digest = rawDigest("plain/tank", new TextEncoder().encode("1"));
    expect(other.get(digest)?.topic).to.equal("plain/tank");
    other.close();
    expect(() => RawStore.openToRead(join(folder.path, "nowhere"))).to.throw(FieldsealError);
  });
});

describe("a gateway that died between its outbox and its record", () => {
  it("knows at the next start what it had put into the outbox", async () => {
    const folder = temporaryFolder();
    const store = RawStore.open(folder.path);
    const payload = new TextEncoder().encode("1");
    const digest = rawDigest("plain/tank", payload);
    const { secret } = generateKey(2);
    const { bytes, message } = await signMessage({
      signer: softwareSigner(2, secret),
      device: deviceIdOf(publicKeyOf(2, secret)),
      keyIndex: 0,
      sequence: 8n,
      domain: new Uint8Array(32),
      salt: new Uint8Array(16),
      readings: [{ name: "origin.digest", text: hex(digest) }],
    });
    store.keep(digest, { topic: "plain/tank", payload, packetId: 3 }, 1, 1000);
    const entry = { keyIndex: 0, sequence: 8n, root: message.root, bytes };
    expect(recover(store, [entry], 2000)).to.equal(1);
    expect(store.progress(digest)).to.deep.equal({ parts: 1, total: 1, packetId: 3 });
    expect(recover(store, [entry], 3000)).to.equal(0);
    store.close();
    folder.remove();
  });
});
