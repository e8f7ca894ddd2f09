import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkBody,
  curveOrder,
  decodeMessage,
  hex,
  messageDomain,
  normaliseLowS,
  sha256,
  sigStructure,
  verifyDigest,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { expect } from "chai";
import { opensslDevice } from "../support/openssl-device.ts";

/** Half of OpenSSL's signatures are high-s: in 64 tries one is met, but for one run in 10^19. */
const tries = 64;
const domain = messageDomain(31337n, `0x${"ab".repeat(20)}`);
const sequence = (9n << 32n) | 1n;

describe("a message assembled by hand and signed with the openssl command", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "fieldseal-openssl-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [keyType, curve] of [
    [1, "secp256k1"],
    [2, "prime256v1"],
  ] as const) {
    it(`is accepted with ${curve}, its high-s signatures once normalised`, async () => {
      const { key, id, message: make } = opensslDevice(folder, keyType);
      let sawHighS = false;
      let sawLowS = false;
      for (let i = 0; i < tries && !(sawHighS && sawLowS); i++) {
        const made = make(domain, sequence);
        const isHighS = BigInt(hex(made.signature.subarray(32))) > curveOrder[keyType] / 2n;
        sawHighS ||= isHighS;
        sawLowS ||= !isHighS;
        const message = decodeMessage(made.message);
        expect(message.device).to.equal(id);
        expect(message.sequence).to.equal(sequence);
        expect(checkBody(message)).to.deep.equal([
          { kind: 0, record: 0, timeMs: 0n, metric: "t/Cel", value: 21_500_000_000_000_000_000n },
        ]);
        const signed = sigStructure({ ...message, keyType }, domain);
        expect(hex(signed)).to.equal(hex(made.signed));
        const lowS = normaliseLowS(keyType, message.signature);
        expect(await verifySignature(key, signed, lowS)).to.equal(true);
        expect(verifyDigest(key, sha256(signed), lowS)).to.equal(true);
        expect(await verifySignature(key, signed, message.signature)).to.equal(!isHighS);
        expect(verifyDigest(key, sha256(signed), message.signature)).to.equal(!isHighS);
      }
      expect(sawHighS && sawLowS).to.equal(true);
    });
  }
});
