import {
  buildProof,
  buildTree,
  checkpointCommitment,
  checkpointLeaf,
  compareFacts,
  hex,
  leafHash,
  type MerkleTree,
  type ProofFile,
} from "@fieldseal/sdk";
import { deployment, vectorSigner } from "./identities.ts";
import type { VectorMessage } from "./messages.ts";

/** A checkpoint over the vectors' messages. */
export type VectorCheckpoint = {
  readonly messages: readonly VectorMessage[];
  readonly tree: MerkleTree;
  readonly fields: {
    readonly index: bigint;
    readonly root: Uint8Array;
    readonly size: bigint;
    readonly sealedAt: bigint;
    readonly epoch: number;
    readonly signers: number;
  };
};

/** Seals the messages in the sealing order. */
export function makeCheckpoint(messages: readonly VectorMessage[]): VectorCheckpoint {
  const sorted = [...messages].sort((a, b) => compareFacts(a.message, b.message));
  const tree = buildTree(sorted.map(({ message }) => leafHash(checkpointLeaf(message))));
  const size = BigInt(tree.size);
  const fields = {
    index: 5n,
    root: tree.root,
    size,
    sealedAt: 1_700_000_600n,
    epoch: 2,
    signers: 7,
  };
  return { messages: sorted, tree, fields };
}

/** The checkpoint with its leaves, paths and commitment. */
export function checkpointVectors({ messages, tree, fields }: VectorCheckpoint): unknown {
  return {
    index: fields.index.toString(),
    root: hex(fields.root),
    size: fields.size.toString(),
    sealedAt: fields.sealedAt.toString(),
    epoch: fields.epoch,
    signers: fields.signers,
    commitment: hex(checkpointCommitment(fields)),
    messages: messages.map(({ name, message }, index) => ({
      name,
      leaf: hex(checkpointLeaf(message)),
      path: tree.path(index).map(hex),
    })),
  };
}

/** A proof of the last reading of every message. */
export function makeProofs(checkpoint: VectorCheckpoint): ProofFile[] {
  const { chainId, log } = deployment;
  return checkpoint.messages.map(({ keyType, message, salt, records }, index) => {
    const sealed = {
      chainId,
      log,
      logId: 1n,
      checkpoint: checkpoint.fields,
      message,
      key: vectorSigner(keyType, "first").signer.publicKey,
      index,
      path: checkpoint.tree.path(index),
    };
    const reading = { salt, records, record: records.length - 1 };
    return buildProof({ ...sealed, ...reading });
  });
}
