import { writeU32, writeU64 } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { keccak256 } from "../hash/keccak256.ts";

/** What a log commits to of a sealed checkpoint. */
export type CheckpointFields = {
  readonly root: Uint8Array;
  /** Number of messages. */
  readonly size: bigint;
  /** Time of the sealing block, seconds. */
  readonly sealedAt: bigint;
  readonly epoch: number;
  /** Bit i: member i of the epoch's committee signed. */
  readonly signers: number;
};

/** The commitment that ReadingLog stores: keccak(root ‖ size (8) ‖ sealedAt (8) ‖ epoch (4) ‖ signers (4)). @throws BYTES_FORMAT */
export function checkpointCommitment(checkpoint: CheckpointFields): Uint8Array {
  if (checkpoint.root.length !== 32) throw sdkError("BYTES_FORMAT", "A root is 32 bytes.");
  const out = new Uint8Array(56);
  out.set(checkpoint.root);
  writeU64(out, 32, checkpoint.size);
  writeU64(out, 40, checkpoint.sealedAt);
  writeU32(out, 48, checkpoint.epoch);
  writeU32(out, 52, checkpoint.signers);
  return keccak256(out);
}
