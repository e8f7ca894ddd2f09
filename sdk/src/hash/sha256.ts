import { sha256 as noble } from "@noble/hashes/sha2.js";

/** A SHA-256; Node passes its own, which is faster. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** SHA-256 in any JavaScript engine. */
export const sha256: Sha256 = (bytes) => noble(bytes);
