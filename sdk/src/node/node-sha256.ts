import { hash } from "node:crypto";
import type { Sha256 } from "../hash/sha256.ts";

/** SHA-256 by OpenSSL, for trees and bodies in Node. */
export const nodeSha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");
