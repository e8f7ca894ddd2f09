import { encodeBody, FieldsealError, openBody, packOf } from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";
import { relayErrors } from "../../../oracle/src/gateway/codes.ts";
import { formatsOf, readGatewaySettings } from "../../../oracle/src/gateway/gateway-settings.ts";
import { readMessage } from "../../../oracle/src/gateway/read-message.ts";
import { readPolicyOf } from "../../../oracle/src/gateway/start-gateway.ts";
import { type Fixture, fixtures, sourceMessage } from "./fixture.ts";

const settings = readGatewaySettings(`
source: { url: "mqtt://127.0.0.1" }
time: { zone: Europe/Berlin }
formats:
  tasmota: {}
  zigbee2mqtt: {}
  chirpstack: {}
  homeassistant: {}
  mapping: [{ topic: "any/#", origin: any, time: t, readings: [{ name: v, path: v }, { name: "n", path: "a[0].b", type: text }] }]`);

const known: Fixture[] = [
  ["tasmota", "SCD40"],
  ["tasmota", "ENERGY"],
  ["tasmota", "STATE"],
  ["zigbee2mqtt", "devices"],
  ["zigbee2mqtt", "climate"],
  ["chirpstack", "up"],
  ["homeassistant", "temperature"],
  ["homeassistant", "state"],
  ["homeassistant", "device"],
].map(([format = "", name = ""]) => fixtures(format)(name));

/** What it makes of a message; every message that it would sign must be one that the protocol takes. */
function judge(topic: string, payload: Uint8Array, nowMs: number): string {
  const policy = readPolicyOf(settings, formatsOf(settings));
  for (const { topic: first, payload: text } of known) {
    if (first.includes("config") || first.includes("bridge")) {
      readMessage(sourceMessage(first, text), policy, nowMs);
    }
  }
  try {
    const read = readMessage(sourceMessage(topic, payload), policy, nowMs);
    if (read.kind !== "readings") return read.kind;
    for (const readings of read.composed.messages) {
      const body = encodeBody({ salt: new Uint8Array(16), pack: packOf(readings) });
      expect(openBody(body).records.length).to.equal(readings.length);
    }
    return "readings";
  } catch (error) {
    if (error instanceof FieldsealError && error.code in relayErrors) return error.code;
    throw error;
  }
}

describe("a gateway among strangers", function () {
  this.timeout(60_000);
  const nowMs = Date.parse("2026-01-01T12:00:00Z");
  const topics = fc.constantFrom(...known.map(({ topic }) => topic), "any/thing");

  it("makes of any JSON a message that the protocol takes, or refuses it with a code", () => {
    const json = fc.json({ maxDepth: 6 });
    fc.assert(
      fc.property(topics, json, (topic, text) => {
        judge(topic, new TextEncoder().encode(text), nowMs);
      }),
      { numRuns: 400 },
    );
  });

  it("survives every changed byte of what the projects document", () => {
    const change = fc.record({
      fixture: fc.constantFrom(...known),
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      cut: fc.boolean(),
    });
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(change, ({ fixture, at, byte, cut }) => {
        const bytes = new TextEncoder().encode(fixture.payload);
        const place = at % bytes.length;
        bytes[place] = byte;
        const payload = cut ? bytes.slice(0, place) : bytes;
        outcomes.add(judge(fixture.topic, payload, nowMs));
      }),
      { numRuns: 600 },
    );
    expect(outcomes).to.include("RELAY_JSON");
    expect(outcomes).to.include("readings");
  });

  it("holds no more announcements and topics than it can bear, and takes another when one is gone", () => {
    const policy = readPolicyOf(settings, formatsOf(settings));
    const announce = (n: number, count: number) => {
      const cmps = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `c${i}`,
          { p: "sensor", stat_t: `some/${n}/${i}` },
        ]),
      );
      const text = count === 0 ? "" : JSON.stringify({ o: { name: "x" }, cmps });
      const topic = `homeassistant/device/n${n}/config`;
      const message = { ...sourceMessage(topic, text), retained: true };
      try {
        return readMessage(message, policy, nowMs).kind;
      } catch (error) {
        return error instanceof FieldsealError ? error.code : error;
      }
    };
    for (let n = 0; n < 25; n++) expect(announce(n, 200)).to.equal("learnt");
    expect(announce(25, 1)).to.equal("RELAY_ORIGINS");
    expect(announce(3, 200)).to.equal("learnt");
    expect(announce(3, 0)).to.equal("learnt");
    expect(announce(25, 200)).to.equal("learnt");
  });

  it("takes any numbers, names and units into metrics that fit", () => {
    const name = fc.string({ minLength: 1, maxLength: 60, unit: "binary" });
    fc.assert(
      fc.property(fc.dictionary(name, fc.double(), { maxKeys: 80 }), (values) => {
        const text = JSON.stringify({ Time: "2026-01-01T12:59:59", X: values });
        judge("tele/x/SENSOR", new TextEncoder().encode(text), nowMs);
      }),
      { numRuns: 200 },
    );
  });
});
