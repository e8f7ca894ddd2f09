import { hash } from "node:crypto";
import type { Sha256 } from "../hash/sha256.ts";

/** SHA-256 by OpenSSL, for trees and bodies in Node. */
export const nodeSha256: Sha256 = (bytes) => {
  // A string of 32 characters costs Node half of what a Buffer does.
  const digest = hash("sha256", bytes, "binary");
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = digest.charCodeAt(i);
  return out;
};
