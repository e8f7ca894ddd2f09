import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DeviceId,
  deviceIdOf,
  fromHex,
  type KeyType,
  keccak256,
  type PublicKey,
  type Signer,
  sha256,
} from "@fieldseal/sdk";

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
function assemble(
  keyType: KeyType,
  id: Buffer,
  domain: Uint8Array,
  sequence: bigint,
  sign: (bytes: Buffer) => Buffer,
) {
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
    int(sequence, 8),
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

const curves = { 1: "secp256k1", 2: "prime256v1" } as const;

/** A message, the bytes that were signed, and the signature as OpenSSL made it: every other one is high-s. */
export type HandmadeMessage = ReturnType<typeof assemble>;

export type OpensslDevice = {
  readonly id: DeviceId;
  readonly key: PublicKey;
  /** For enrolment and logins; signatures as OpenSSL makes them, not normalised. */
  readonly signer: Signer;
  /** One reading, `t` of 21.5 Cel. */
  message(domain: Uint8Array, sequence: bigint): HandmadeMessage;
};

/** A device made of the `openssl` command and bytes put together by hand; its key lies in `folder`. */
export function opensslDevice(folder: string, keyType: KeyType): OpensslDevice {
  const curve = curves[keyType];
  const file = (name: string) => join(folder, `${curve}-${name}`);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });
  openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", file("key.pem"));
  const form = ["-outform", "DER", "-conv_form", "uncompressed"];
  const spki = openssl("ec", "-in", file("key.pem"), "-pubout", ...form);
  const key: PublicKey = { keyType, point: Uint8Array.from(spki.subarray(-64)) };
  const id = deviceIdOf(key);
  const sign = (bytes: Uint8Array) => {
    writeFileSync(file("input"), bytes);
    openssl("dgst", "-sha256", "-sign", file("key.pem"), "-out", file("sig"), file("input"));
    return rawSignature(readFileSync(file("sig")));
  };
  const signDigest = (bytes: Uint8Array) => {
    writeFileSync(file("input"), bytes);
    openssl(
      "pkeyutl",
      "-sign",
      "-inkey",
      file("key.pem"),
      "-in",
      file("input"),
      "-out",
      file("sig"),
    );
    return rawSignature(readFileSync(file("sig")));
  };
  const signer: Signer = {
    publicKey: key,
    sign: async (bytes, hash) => signDigest(hash === "sha256" ? sha256(bytes) : keccak256(bytes)),
  };
  return {
    id,
    key,
    signer,
    message: (domain, sequence) =>
      assemble(keyType, Buffer.from(fromHex(id)), domain, sequence, sign),
  };
}
