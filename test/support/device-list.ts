import { createECDH, hash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { type KeyType, type Signer, softwareSigner } from "@fieldseal/sdk";

const curves = { 1: "secp256k1", 2: "prime256v1" } as const;
const rowsAWrite = 2_000;

/** Device `i` of a list, the same in every run: three in four are P-256. */
export const listedType = (i: number): KeyType => (i % 4 === 3 ? 1 : 2);
export const listedSerial = (i: number): string => `SN-${String(i).padStart(9, "0")}`;
const secretOf = (i: number) => hash("sha256", `listed device ${i}`, "buffer");

export function listedSigner(i: number): Signer {
  return softwareSigner(listedType(i), Uint8Array.from(secretOf(i)));
}

/** A row of the list, without its end of line. */
export function listedRow(i: number): string {
  const type = listedType(i);
  const ecdh = createECDH(curves[type]);
  ecdh.setPrivateKey(secretOf(i));
  return `${listedSerial(i)},${type === 1 ? "secp256k1" : "p256"},${ecdh.getPublicKey("hex").slice(2)}`;
}

/** Writes a manufacturer's list of devices. */
export function writeDeviceList(path: string, count: number): void {
  const file = openSync(path, "w");
  try {
    writeSync(file, "serial,keyType,publicKey\n");
    for (let from = 0; from < count; from += rowsAWrite) {
      const length = Math.min(rowsAWrite, count - from);
      const rows = Array.from({ length }, (_, i) => `${listedRow(from + i)}\n`);
      writeSync(file, rows.join(""));
    }
  } finally {
    closeSync(file);
  }
}
