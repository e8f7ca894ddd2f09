import {
  decimalOf,
  decodeMessage,
  deviceIdOf,
  FieldsealError,
  generateKey,
  messageDomain,
  openBody,
  parseJson,
  signMessage,
  softwareSigner,
} from "@fieldseal/sdk";
import { expect } from "chai";

describe("a JSON message", () => {
  it("spells hex in lowercase only, so that no letter of it can change unnoticed", async () => {
    const { secret, publicKey } = generateKey(2);
    const { bytes } = await signMessage({
      signer: softwareSigner(2, secret),
      device: deviceIdOf(publicKey),
      keyIndex: 0,
      sequence: 1n,
      readings: [{ name: "temperature", unit: "Cel", value: 21.5 }],
      salt: new Uint8Array(16).fill(0xab),
      domain: messageDomain(31337n, `0x${"11".repeat(20)}`),
      encoding: "json",
    });
    const text = new TextDecoder().decode(bytes);
    const members = ["device", "root", "signature"];
    for (const member of members) {
      const spelt = text.replace(new RegExp(`("${member}":"0x)([0-9a-f]+)`), (_, start, digits) => {
        return start + String(digits).toUpperCase();
      });
      expect(spelt, member).to.not.equal(text);
      const error = (() => {
        try {
          decodeMessage(new TextEncoder().encode(spelt));
        } catch (caught) {
          return caught;
        }
      })();
      expect(error, member).to.have.property("code", "MESSAGE_FIELD");
    }
    const { body } = decodeMessage(bytes);
    if (body.kind !== "json") throw new Error("expected a JSON body");
    const spelt = body.text.replace(/0x[0-9a-f]{32}/, (salt) => `0x${salt.slice(2).toUpperCase()}`);
    expect(() => openBody({ kind: "json", text: spelt })).to.throw(FieldsealError, "salt");
    expect(openBody(body).records).to.have.length(1);
  });
});

describe("JSON from a stranger", () => {
  // Were the time exponential in the length, neither would end.
  it("is refused at once when a string has no end", () => {
    for (const text of [
      `"${"a".repeat(200_000)}`,
      `{"device":"${"a".repeat(8000)}`,
      `"${"\\n".repeat(4000)}`,
    ]) {
      expect(() => parseJson(text, { maxDepth: 4 })).to.throw(FieldsealError);
    }
  });

  it("may hold a zero with any exponent", () => {
    expect(decimalOf("0.0e-999999999")).to.deep.equal({ mantissa: 0n, exponent: 0 });
  });
});
