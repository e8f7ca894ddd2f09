import {
  type MessageBody,
  openBody,
  packOf,
  resolvePack,
  scaledToDecimal,
  sha256,
  toBigInt,
  utf8,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { refusal } from "./support.ts";

const json = (records: string): MessageBody => ({
  kind: "json",
  text: `{"salt":"0x${"00".repeat(16)}","senml":${records}}`,
});
const resolve = (records: string) => openBody(json(records)).records;

describe("SenML", () => {
  it("resolves a pack like RFC 8428 section 5.1.3's: base name, base time, base unit", () => {
    const records = resolve(
      `[{"bn":"ow:10e2073a01080063:","bt":1.276020076e+09,"bu":"A","bver":5,"n":"v","u":"V","v":120.1},
        {"n":"c","t":-5,"v":1.2},{"n":"c","t":-4,"v":1.3}]`,
    );
    expect(records.map(({ metric }) => metric)).to.deep.equal([
      "ow:10e2073a01080063:v/V",
      "ow:10e2073a01080063:c/A",
      "ow:10e2073a01080063:c/A",
    ]);
    expect(records.map(({ timeMs }) => timeMs)).to.deep.equal([
      1276020076000n,
      1276020071000n,
      1276020072000n,
    ]);
    expect(records.map(({ value }) => scaledToDecimal(value))).to.deep.equal([
      "120.1",
      "1.2",
      "1.3",
    ]);
  });

  it("takes times below 2^28 seconds as those of a device without a clock", () => {
    const times = resolve(
      `[{"n":"a","v":1},{"n":"a","t":-10,"v":1},{"n":"a","t":268435455.999,"v":1},{"n":"a","t":268435456,"v":1}]`,
    ).map(({ timeMs }) => timeMs);
    expect(times).to.deep.equal([0n, 0n, 0n, 268435456000n]);
  });

  it("drops parts of a millisecond", () => {
    expect(resolve(`[{"n":"a","t":1700000000.1239,"v":1}]`)[0]?.timeMs).to.equal(1700000000123n);
  });

  it("adds base values in exact decimals, to numbers only", () => {
    const records = resolve(`[{"bv":0.1,"n":"a","v":0.2},{"n":"b","vb":true},{"n":"c","v":-0.1}]`);
    expect(records.map(({ value }) => scaledToDecimal(value))).to.deep.equal(["0.3", "1", "0"]);
  });

  it("refuses a sum of base value and value that does not fit, though each does", () => {
    const large = "5e58";
    expect(refusal(() => resolve(`[{"bv":${large},"n":"a","v":${large}}]`))).to.equal(
      "VALUE_RANGE",
    );
  });

  it("hashes texts as UTF-8 and data as decoded bytes", () => {
    const [text, data] = resolve(`[{"n":"a","vs":"Grüße"},{"n":"b","vd":"AQID"}]`);
    const digest = (bytes: Uint8Array) => BigInt.asIntN(256, toBigInt(sha256(bytes)));
    expect(text).to.include({ kind: 2, value: digest(utf8("Grüße")), text: "Grüße" });
    expect(data).to.deep.include({ kind: 3, value: digest(Uint8Array.of(1, 2, 3)) });
  });

  it("ignores fields it does not know", () => {
    expect(resolve(`[{"n":"a","v":1,"x":[1],"constructor":2}]`).length).to.equal(1);
  });

  it("lets an empty unit stand for none, over a base unit", () => {
    const records = resolve(`[{"bu":"Cel","n":"a","v":1},{"n":"b","u":"","v":1}]`);
    expect(records.map(({ metric }) => metric)).to.deep.equal(["a/Cel", "b"]);
  });

  it("packs a time that all readings share once, and each one's own otherwise", () => {
    const at = (timeMs: number) => ({ name: "a", value: 1, timeMs });
    expect(
      packOf([at(1700000000000), at(1700000000000)]).map(({ bt, t }) => [bt, t]),
    ).to.deep.equal([
      [{ mantissa: 1700000000n, exponent: 0 }, undefined],
      [undefined, undefined],
    ]);
    const different = packOf([at(1700000000001), at(1700000000002)]);
    expect(resolvePack(different).map(({ timeMs }) => timeMs)).to.deep.equal([
      1700000000001n,
      1700000000002n,
    ]);
  });

  it("packs a JavaScript number as its shortest decimal, and refuses what is not finite", () => {
    const [reading] = resolvePack(packOf([{ name: "a", value: 0.1 + 0.2 }]));
    expect(scaledToDecimal(reading?.value ?? 0n)).to.equal("0.30000000000000004");
    expect(refusal(() => packOf([{ name: "a", value: Number.NaN }]))).to.equal("VALUE_FORMAT");
  });
});
