import { compareBytes, plainBytes } from "../bytes/arrays.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { readU32, readU64, writeU32, writeU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { SignedFacts } from "../types.ts";

/** Bytes of a checkpoint leaf. */
export const checkpointLeafLength = 64;

/** A message's leaf in a checkpoint: device (20) ‖ key index (4) ‖ sequence (8) ‖ root (32). @throws BYTES_FORMAT */
export function checkpointLeaf(facts: SignedFacts): Uint8Array {
  if (facts.root.length !== 32) throw sdkError("BYTES_FORMAT", "A root is 32 bytes.");
  const out = new Uint8Array(checkpointLeafLength);
  out.set(fromHex(facts.device, 20));
  writeU32(out, 20, facts.keyIndex);
  writeU64(out, 24, facts.sequence);
  out.set(facts.root, 32);
  return out;
}

/** The facts of a 64-byte checkpoint leaf. @throws BYTES_FORMAT */
export function parseCheckpointLeaf(leaf: Uint8Array): SignedFacts {
  if (leaf.length !== checkpointLeafLength) {
    throw sdkError("BYTES_FORMAT", "A checkpoint leaf is 64 bytes.", { length: leaf.length });
  }
  return {
    device: hex(leaf.subarray(0, 20)),
    keyIndex: readU32(leaf, 20),
    sequence: readU64(leaf, 24),
    root: plainBytes(leaf).slice(32),
  };
}

/** The sealing order: bytewise order of the checkpoint leaves. */
export function compareFacts(a: SignedFacts, b: SignedFacts): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  if (a.keyIndex !== b.keyIndex) return a.keyIndex - b.keyIndex;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  return compareBytes(a.root, b.root);
}
