import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkBody,
  curveOrder,
  decodeMessage,
  deviceIdOf,
  fromHex,
  hex,
  type KeyType,
  messageDomain,
  normaliseLowS,
  type PublicKey,
  sha256,
  sigStructure,
  verifyDigest,
} from "@fieldseal/sdk";
import { verifySignature } from "@fieldseal/sdk/node";
import { expect } from "chai";

/** Half of OpenSSL's signatures are high-s: in 64 tries one is met, but for one run in 10^19. */
const tries = 64;
const domain = messageDomain(31337n, `0x${"ab".repeat(20)}`);
const salt = Buffer.from("00112233445566778899aabbccddeeff", "hex");

const digest = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const int = (value: bigint, bytes: number) =>
  Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex");
const half = (text: string) => Buffer.from(text.padStart(64, "0"), "hex");

/** Leaf of {0: "t", 1: "Cel", 2: 4([-1, 215])}: 21.5 Cel, without a time. */
function leaf(): Buffer {
  const metric = Buffer.alloc(32);
  metric.write("t/Cel", "ascii");
  const record = int(0n, 4);
  const value = int(21_500_000_000_000_000_000n, 32);
  return Buffer.concat([int(0n, 1), record, int(0n, 8), metric, value, digest(salt, record)]);
}

/** A message as a microcontroller without any library writes it. */
function assemble(keyType: KeyType, id: Buffer, sign: (bytes: Buffer) => Buffer) {
  const body = Buffer.concat([
    Buffer.from("8250", "hex"),
    salt,
    Buffer.from("81a3006174016343656c02c4822018d7", "hex"),
  ]);
  const root = digest(Buffer.from([0]), leaf());
  const algorithm = keyType === 2 ? "0126" : "01382e";
  const header = Buffer.concat([
    Buffer.from(`a4${algorithm}036b`, "hex"),
    Buffer.from("fieldseal/1", "ascii"),
    Buffer.from("0454", "hex"),
    id,
    Buffer.from("3a000100004c", "hex"),
    int(0n, 4),
    int((9n << 32n) | 1n, 8),
  ]);
  const signed = Buffer.concat([
    Buffer.from("846a", "hex"),
    Buffer.from("Signature1", "ascii"),
    Buffer.from([0x58, header.length]),
    header,
    Buffer.from("5820", "hex"),
    domain,
    Buffer.from("5820", "hex"),
    root,
  ]);
  const signature = sign(signed);
  const message = Buffer.concat([
    Buffer.from([0xd2, 0x84, 0x58, header.length]),
    header,
    Buffer.from("a13a00010001", "hex"),
    Buffer.from([0x58, body.length]),
    body,
    Buffer.from("5820", "hex"),
    root,
    Buffer.from("5840", "hex"),
    signature,
  ]);
  return { message, signed, signature };
}

/** r ‖ s of a DER signature. */
function rawSignature(der: Buffer): Buffer {
  const rLength = der[3] ?? 0;
  const r = der
    .subarray(4, 4 + rLength)
    .toString("hex")
    .replace(/^00/, "");
  const s = der
    .subarray(6 + rLength)
    .toString("hex")
    .replace(/^00/, "");
  return Buffer.concat([half(r), half(s)]);
}

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
      const file = (name: string) => join(folder, `${curve}-${name}`);
      const openssl = (...args: string[]) =>
        execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });
      openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", file("key.pem"));
      const spki = openssl(
        "ec",
        "-in",
        file("key.pem"),
        "-pubout",
        "-outform",
        "DER",
        "-conv_form",
        "uncompressed",
      );
      const key: PublicKey = { keyType, point: Uint8Array.from(spki.subarray(-64)) };
      const id = Buffer.from(fromHex(deviceIdOf(key)));
      const sign = (bytes: Buffer) => {
        writeFileSync(file("input"), bytes);
        openssl("dgst", "-sha256", "-sign", file("key.pem"), "-out", file("sig"), file("input"));
        return rawSignature(readFileSync(file("sig")));
      };
      let sawHighS = false;
      let sawLowS = false;
      for (let i = 0; i < tries && !(sawHighS && sawLowS); i++) {
        const made = assemble(keyType, id, sign);
        const isHighS = BigInt(hex(made.signature.subarray(32))) > curveOrder[keyType] / 2n;
        sawHighS ||= isHighS;
        sawLowS ||= !isHighS;
        const message = decodeMessage(made.message);
        expect(message.device).to.equal(deviceIdOf(key));
        expect(message.sequence).to.equal((9n << 32n) | 1n);
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
