import { concat, sha256 } from "ethers";

export const leafHash = (leaf: string) => sha256(concat(["0x00", leaf]));
const nodeHash = (left: string, right: string) => sha256(concat(["0x01", left, right]));

function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** Merkle Tree Hash of RFC 9162 §2.1.1 over leaf hashes. */
export function rootOf(hashes: string[]): string {
  const [only] = hashes;
  if (hashes.length === 1 && only !== undefined) return only;
  const half = split(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

/** Inclusion path of RFC 9162 §2.1.3.1. */
export function pathOf(hashes: string[], index: number): string[] {
  if (hashes.length === 1) return [];
  const half = split(hashes.length);
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)];
  return index < half
    ? [...pathOf(left, index), rootOf(right)]
    : [...pathOf(right, index - half), rootOf(left)];
}
