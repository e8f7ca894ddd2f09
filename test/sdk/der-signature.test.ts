import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { fromHex } from "@fieldseal/sdk";
import { expect } from "chai";
import { derSignature } from "../../sdk/src/node/der-signature.ts";

describe("a signature as DER", () => {
  const bytes = Buffer.from("a reading");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));

  it("is judged as r ‖ s is, whatever its first bytes", () => {
    for (let i = 0; i < 600; i++) {
      const raw = sign("sha256", bytes, { key: privateKey, dsaEncoding: "ieee-p1363" });
      expect(verify("sha256", bytes, key, derSignature(raw)), raw.toString("hex")).to.equal(true);
      raw[i % 64] = (raw[i % 64] ?? 0) ^ (1 << (i % 8));
      expect(verify("sha256", bytes, key, derSignature(raw)), raw.toString("hex")).to.equal(false);
    }
  });

  it("writes each integer in its shortest form", () => {
    const of = (r: string, s: string) =>
      Buffer.from(derSignature(fromHex(`0x${r.padStart(64, "0")}${s.padStart(64, "0")}`)));
    expect(of("0", "0").toString("hex")).to.equal("3006020100020100");
    expect(of("7f", "80").toString("hex")).to.equal("300702017f02020080");
    expect(of("ff".repeat(32), "1").toString("hex")).to.equal(`3026022100${"ff".repeat(32)}020101`);
    expect(verify("sha256", bytes, key, of("0", "0"))).to.equal(false);
  });
});
