import { encodeBody, hex, packOf, sha256 } from "@fieldseal/sdk";
import { expect } from "chai";
import { compose } from "../../../oracle/src/gateway/compose.ts";
import { formatsOf, readGatewaySettings } from "../../../oracle/src/gateway/gateway-settings.ts";
import { rawDigest } from "../../../oracle/src/gateway/raw-digest.ts";
import { readMessage } from "../../../oracle/src/gateway/read-message.ts";
import { judgeTime, parseSourceTime } from "../../../oracle/src/gateway/source-time.ts";
import { readPolicyOf } from "../../../oracle/src/gateway/start-gateway.ts";
import type { RelayedReading } from "../../../oracle/src/gateway/types.ts";
import { codeOf, sourceMessage } from "./fixture.ts";

const origin = {
  id: "tasmota/x",
  source: "tasmota",
  alias: "x",
  attestation: 0 as const,
  hardware: "h".repeat(500),
  digest: new Uint8Array(32),
};
const composed = (readings: readonly RelayedReading[]) =>
  compose(readings, origin, { ms: 1, by: "source" });

describe("what a gateway signs of a message", () => {
  it("is several messages of at most 64 records, each beginning with its origin's", () => {
    const many = Array.from({ length: 130 }, (_, n) => ({ name: `v${n}`, value: "1" }));
    const { messages, skipped } = composed(many);
    expect(skipped).to.deep.equal([]);
    expect(messages.map((one) => one.length)).to.deep.equal([56, 56, 36]);
    for (const one of messages) {
      expect(one[0]).to.deep.include({ name: "origin.id", text: "tasmota/x" });
      expect(one.find(({ name }) => name === "origin.hardware")).to.deep.include({
        text: "h".repeat(64),
      });
      const body = encodeBody({ salt: new Uint8Array(16), pack: packOf(one) });
      expect(body.kind === "plain" && body.bytes.length).to.be.within(1, 8000);
    }
  });

  it("has each metric once: of two values with one name the second is left out and told of", () => {
    const { messages, skipped } = composed([
      { name: "a", value: "1" },
      { name: "a", value: "2" },
      { name: "a", unit: "V", value: "3" },
    ]);
    expect(messages.flat().filter(({ name }) => name === "r:x:a")).to.have.length(2);
    expect(skipped).to.deep.equal([{ what: "a", code: "RELAY_NAME" }]);
  });

  it("bounds a text by its bytes, not by its letters", () => {
    expect(composed([{ name: "a", text: "€".repeat(341) }]).skipped).to.deep.equal([]);
    const { messages, skipped } = composed([{ name: "a", text: "€".repeat(342) }]);
    expect([messages, skipped]).to.deep.equal([[], [{ what: "a", code: "RELAY_VALUE" }]]);
  });
});

describe("the digest of a raw message", () => {
  it("binds the topic's length, so no letter moves between topic and payload", () => {
    const text = new TextEncoder();
    const topic = "t".repeat(300);
    const expected = sha256(
      new Uint8Array([
        ...text.encode("fieldseal/raw/1"),
        1,
        44,
        ...text.encode(topic),
        ...text.encode("ab"),
      ]),
    );
    expect(hex(rawDigest(topic, text.encode("ab")))).to.equal(hex(expected));
    const moved = rawDigest(`${topic}a`, text.encode("b"));
    expect(hex(moved)).not.to.equal(hex(expected));
  });
});

describe("reading a source's message", () => {
  const settings = readGatewaySettings(
    'source: { url: "mqtt://b" }\nlimits: { payloadBytes: 64 }\nformats: { mapping: [{ topic: "a/+", payload: text, readings: [{ name: v }] }] }',
  );
  const code = (topic: string, payload: string) =>
    codeOf(() =>
      readMessage(sourceMessage(topic, payload), readPolicyOf(settings, formatsOf(settings)), 0),
    );

  it("takes the largest that the settings allow and no byte more", () => {
    expect(code("a/b", `${" ".repeat(63)}1`)).to.equal(undefined);
    expect(code("a/b", `${" ".repeat(64)}1`)).to.equal("RELAY_TOO_LARGE");
  });

  it("refuses origins without a name and with one that is too long", () => {
    expect(code("a/", "1")).to.equal("RELAY_SHAPE");
    expect(code(`a/${"x".repeat(200)}`, "1")).to.equal(undefined);
    expect(code(`a/${"x".repeat(201)}`, "1")).to.equal("RELAY_SHAPE");
    expect(code("$SYS/b", "1")).to.equal("RELAY_TOPIC");
  });
});

describe("a source's clock", () => {
  const nowMs = Date.parse("2026-07-01T12:00:00Z");
  const policy = { zone: "UTC", aheadMs: 60_000, behindMs: 7 * 86_400_000 };

  it("counts seconds and milliseconds, told apart by their size", () => {
    const number = (text: string) => parseSourceTime({ number: text });
    expect(number("99999999999")).to.deep.equal({ kind: "instant", ms: 99_999_999_999_000 });
    expect(number("100000000000")).to.deep.equal({ kind: "instant", ms: 100_000_000_000 });
    expect(number("0")).to.deep.equal({ kind: "none" });
  });

  it("is in another zone only as far as zones are apart: what is a day old is a day old", () => {
    const by = (text: string) => judgeTime(parseSourceTime(text), nowMs, policy).by;
    expect(by("2026-07-01T14:00:00")).to.equal("arrival: zone");
    expect(by("2026-06-30T12:00:00")).to.equal("source");
    expect(by("2026-07-01T11:50:00")).to.equal("source");
  });
});
