import { checkpointCommitment, hex } from "@fieldseal/sdk";
import type { Candidate } from "../chain/types.ts";
import type { StoredCheckpoint } from "../store/checkpoints.ts";

/** The parts of a checkpoint that its operator signs. */
export type UnsignedCheckpoint = Pick<
  StoredCheckpoint,
  "index" | "root" | "size" | "previous" | "epoch" | "judgedBlock"
>;

/** A checkpoint as the committee signs it and the contract takes it. */
export function candidateOf(checkpoint: UnsignedCheckpoint): Candidate {
  const { index, root, size, previous, epoch, judgedBlock } = checkpoint;
  return {
    index: BigInt(index),
    previous: hex(previous),
    epoch,
    root: hex(root),
    size: BigInt(size),
    judgedBlock: BigInt(judgedBlock),
  };
}

/** The `previous` of the first checkpoint. */
export const noCommitment = new Uint8Array(32);

/** What the log keeps of a checkpoint; undefined until it is sealed. */
export function commitmentOf(checkpoint: StoredCheckpoint): Uint8Array | undefined {
  const { root, size, epoch, sealing } = checkpoint;
  if (sealing === undefined) return undefined;
  const { sealedAtS, signers } = sealing;
  return checkpointCommitment({
    root,
    size: BigInt(size),
    sealedAt: BigInt(sealedAtS),
    epoch,
    signers,
  });
}
