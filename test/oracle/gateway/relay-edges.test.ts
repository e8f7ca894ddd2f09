import { type DeviceMessage, FieldsealError, type Reading } from "@fieldseal/sdk";
import { expect } from "chai";
import { aliasOf } from "../../../oracle/src/gateway/origin-name.ts";
import { RawStore } from "../../../oracle/src/gateway/raw-store.ts";
import type { Relay } from "../../../oracle/src/gateway/relay.ts";
import { type ManualClock, manualClock, temporaryFolder } from "../../support/service.ts";
import { sourceMessage } from "./fixture.ts";
import { testRelay } from "./test-relay.ts";

const formats = `formats:
  chirpstack: {}
  mapping: [{ topic: "plain/+", payload: text, readings: [{ name: level }] }, { topic: "wide/+", readings: [${Array.from({ length: 50 }, (_, n) => `{ name: "v${n}", path: "v${n}", type: text }`).join(", ")}] }]`;

/** Texts that make two messages. */
const wide = JSON.stringify(
  Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`v${n}`, "x".repeat(1000)])),
);

describe("relaying, at its edges", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: ManualClock;
  let store: RawStore;
  let relay: Relay;
  let sent: (readonly Reading[])[];
  let room: number;

  const open = (more = "") => {
    const device = {
      async send(readings: readonly Reading[]) {
        if (sent.length >= room) throw new FieldsealError("OUTBOX_FULL", "full");
        sent.push(readings);
        return { sequence: BigInt(sent.length) } as DeviceMessage;
      },
      dropOldest: async () => false,
    };
    relay = testRelay(`${formats}\n${more}`, { clock, store, device }).relay;
  };
  const outcome = async (topic: string, payload: string, more = {}) => {
    try {
      const result = await relay.take(sourceMessage(topic, payload, more));
      return result.kind === "refused" ? result.code : result.kind;
    } catch (error) {
      return error instanceof FieldsealError ? `held ${error.code}` : error;
    }
  };

  beforeEach(() => {
    folder = temporaryFolder();
    clock = manualClock(Date.parse("2026-01-01T12:00:00Z"));
    store = RawStore.open(folder.path);
    sent = [];
    room = 1000;
    open();
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  it("takes an equal value for a repetition only of the packet that the broker says to repeat", async () => {
    expect(await outcome("plain/a", "7", { packetId: 1 })).to.equal("relayed");
    expect(await outcome("plain/a", "7", { packetId: 1, repeated: true })).to.equal(
      "RELAY_DUPLICATE",
    );
    expect(await outcome("plain/a", "7", { packetId: 2, repeated: true })).to.equal("relayed");
    expect(await outcome("plain/a", "7", { packetId: 2 })).to.equal("relayed");
    expect(await outcome("plain/b", "7", { packetId: 0 })).to.equal("relayed");
    expect(await outcome("plain/b", "7", { packetId: 0, repeated: true })).to.equal("relayed");
  });

  it("refuses an origin whose alias another has, unless the operator gave it", async () => {
    expect(await outcome("plain/x", "1")).to.equal("relayed");
    open(`aliases: { mapping/y: ${aliasOf("mapping/x")} }`);
    expect(await outcome("plain/y", "1")).to.equal("relayed");
    expect(await outcome("plain/x", "2")).to.equal("RELAY_ALIAS");
    expect(await outcome("plain/y", "2")).to.equal("relayed");
  });

  it("counts no origin that the operator named among those that may come", async () => {
    open("aliases: { mapping/named: n }\nlimits: { origins: 1 }");
    expect(await outcome("plain/a", "1")).to.equal("relayed");
    expect(await outcome("plain/named", "1")).to.equal("relayed");
    expect(await outcome("plain/b", "1")).to.equal("RELAY_ORIGINS");
    expect(await outcome("plain/a", "2")).to.equal("relayed");
    clock.advance(400 * 86_400_000);
    store.prune({ days: 365, bytes: 1e9 }, clock.nowMs());
    expect(await outcome("plain/b", "1")).to.equal("relayed");
  });

  it("goes on with the missing part of a message that has a name, and knows it only when it is whole", async () => {
    const eui = "0101010101010101";
    const object = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`v${n}`, "x".repeat(1000)]),
    );
    const event = JSON.stringify({ deviceInfo: { devEui: eui }, deduplicationId: "d1", object });
    const topic = `application/a/device/${eui}/event/up`;
    room = 1;
    expect(await outcome(topic, event)).to.equal("held RELAY_OUTBOX_FULL");
    room = 1000;
    expect(await outcome(topic, event)).to.equal("relayed");
    const parts = sent.length;
    expect(parts).to.be.greaterThan(1);
    expect(await outcome(topic, event)).to.equal("RELAY_DUPLICATE");
    expect(sent).to.have.length(parts);
    clock.advance(2 * 86_400_000);
    store.prune({ days: 1, bytes: 1e9 }, clock.nowMs());
    expect(store.isNamed(`chirpstack/${eui}#d1`)).to.equal(false);
  });

  it("doubles no part of a message whose bytes came before, when it is held back in the middle", async () => {
    expect(await outcome("wide/a", wide, { packetId: 1 })).to.equal("relayed");
    const parts = sent.length;
    expect(parts).to.be.greaterThan(1);
    room = parts + 1;
    expect(await outcome("wide/a", wide, { packetId: 2 })).to.equal("held RELAY_OUTBOX_FULL");
    room = 1000;
    expect(await outcome("wide/a", wide, { packetId: 2, repeated: true })).to.equal("relayed");
    expect(sent).to.have.length(2 * parts);
  });
});
