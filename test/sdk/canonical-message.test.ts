import {
  canonicalMessage,
  checkBody,
  type DeviceMessage,
  decodeMessage,
  deviceIdOf,
  encodeJsonMessage,
  generateKey,
  hex,
  messageDomain,
  type Reading,
  signMessage,
  softwareSigner,
} from "@fieldseal/sdk";
import { expect } from "chai";
import fc from "fast-check";

const { secret, publicKey } = generateKey(2);
const device = deviceIdOf(publicKey);
const domain = messageDomain(31337n, `0x${"11".repeat(20)}`);

async function signed(readings: readonly Reading[], encoding: "cose" | "json") {
  const signer = softwareSigner(2, secret);
  const salt = new Uint8Array(16).fill(9);
  const facts = { signer, device, keyIndex: 0, sequence: 1n, domain };
  return signMessage({ ...facts, readings, salt, encoding });
}

const timed = { timeMs: fc.option(fc.integer({ min: 268_435_456_000, max: 4e12 })) };
const reading: fc.Arbitrary<Reading> = fc
  .tuple(
    fc.constantFrom("temperature", "load1", "a"),
    fc.constantFrom(undefined, "Cel", "m/s"),
    fc.record(timed),
    fc.oneof(
      fc.record({
        value: fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((v) => v.toFixed(6)),
      }),
      fc.record({ value: fc.bigInt({ min: -(10n ** 58n), max: 10n ** 58n }).map(String) }),
      fc.record({
        value: fc.bigInt({ min: 1n, max: 10n ** 40n }).map((v) => `-${v}.000000000000000001`),
      }),
      fc.record({ bool: fc.boolean() }),
      fc.record({ text: fc.string({ maxLength: 20 }) }),
      fc.record({ data: fc.uint8Array({ maxLength: 20 }) }),
    ),
  )
  .map(([name, unit, { timeMs }, content]) => ({
    name,
    ...(unit === undefined ? {} : { unit }),
    ...(timeMs === null ? {} : { timeMs }),
    ...content,
  }));

describe("the spelling of messages in audit bundles", () => {
  it("keeps what was signed, and is its own spelling", async () => {
    const packs = fc.array(reading, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(packs, fc.constantFrom("cose", "json"), async (readings, encoding) => {
        const { message } = await signed(readings, encoding as "cose" | "json");
        const bytes = canonicalMessage(message, 2) as Uint8Array;
        const again = decodeMessage(bytes);
        checkBody(again);
        expect(hex(again.root)).to.equal(hex(message.root));
        expect(hex(again.signature)).to.equal(hex(message.signature));
        expect(hex(canonicalMessage(again, 2) as Uint8Array)).to.equal(hex(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it("is what the SDK sends anyway", async () => {
    const readings = [
      { name: "temperature", unit: "Cel", value: 21.5, timeMs: 1_700_000_000_123 },
      { name: "open", bool: true, timeMs: 1_700_000_000_123 },
    ];
    const { message, bytes } = await signed(readings, "cose");
    expect(hex(canonicalMessage(message, 2) as Uint8Array)).to.equal(hex(bytes));
  });

  it("is one for a JSON message however its numbers, spaces and unsigned fields are written", async () => {
    const { message } = await signed([{ name: "t", unit: "Cel", value: 21.5 }], "json");
    const { body } = message;
    if (body.kind !== "json") throw new Error("expected a JSON body");
    const expected = hex(canonicalMessage(message, 2) as Uint8Array);
    for (const [from, to] of [
      ["21.5", "2.15e1"],
      ['{"n"', '{ "n"'],
      ['{"n"', '{"ut":60,"n"'],
    ] as const) {
      const text = body.text.replace(from, to);
      expect(text).to.not.equal(body.text);
      const other: DeviceMessage = { ...message, body: { kind: "json", text } };
      const read = decodeMessage(encodeJsonMessage(other));
      expect(hex(canonicalMessage(read, 2) as Uint8Array), to).to.equal(expected);
    }
  });
});
