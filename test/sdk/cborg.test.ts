import { encodeBody, errorCode, openBody, packOf } from "@fieldseal/sdk";
import { decode } from "cborg";
import { expect } from "chai";
import fc from "fast-check";

const body = encodeBody({
  salt: new Uint8Array(16),
  pack: packOf([
    { name: "temperature", unit: "Cel", value: -21.5, timeMs: 1_700_000_000_123 },
    { name: "energy", value: 10n ** 30n },
    { name: "log", text: "Grüße" },
    { name: "frame", data: Uint8Array.of(1, 2) },
    { name: "on", bool: true },
  ]),
});

const tags = { 2: keep, 3: keep, 4: keep };
const options = {
  strict: true,
  allowIndefinite: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  tags,
};

/** A body changed at a few places, or cut, or lengthened. */
const altered = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
    fc.integer({ min: -3, max: 1 }),
  )
  .map(([changes, extra]) => {
    if (body.kind !== "plain") throw new Error("not plain");
    const bytes = new Uint8Array(body.bytes.length + extra);
    bytes.set(body.bytes.subarray(0, bytes.length));
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });

describe("the body reader beside cborg", () => {
  it("takes nothing that cborg's strict options refuse", () => {
    fc.assert(
      fc.property(altered, (bytes) => {
        try {
          openBody({ kind: "plain", bytes });
        } catch (error) {
          expect(errorCode(error)).to.be.a("string");
          return;
        }
        expect(() => decode(bytes, options)).to.not.throw();
      }),
      { numRuns: 5000 },
    );
  });
});

function keep(content: () => unknown): unknown {
  return content();
}
