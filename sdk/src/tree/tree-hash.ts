import { type Sha256, sha256 } from "../hash/sha256.ts";

/** RFC 9162 section 2.1.1: SHA(0x00 ‖ data). */
export function leafHash(data: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(1 + data.length);
  input.set(data, 1);
  return hash(input);
}

/** RFC 9162 section 2.1.1: SHA(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(65);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 33);
  return hash(input);
}
