import { equalBytes } from "../bytes/arrays.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import type { CheckpointFields } from "../checkpoint/checkpoint-commitment.ts";
import { bodyRoot, openBody, readingLeafHashes } from "../codec/body.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { readingSalt } from "../leaf/encode-leaf.ts";
import { inclusionPath } from "../tree/build-tree.ts";
import type { MessageBody, PublicKey, ReadingRecord, SignedFacts } from "../types.ts";
import type { MessageProof, ProofFile, ProofReading } from "./proof-file.ts";

export type BuildMessageProofParameters = {
  readonly chainId: number | bigint;
  readonly log: string;
  readonly logId: bigint;
  readonly checkpoint: CheckpointFields & { readonly index: bigint };
  readonly message: SignedFacts & { readonly signature: Uint8Array };
  readonly key: PublicKey;
  /** The message's place in the checkpoint. */
  readonly index: bigint | number;
  readonly path: readonly Uint8Array[];
};

export type BuildProofParameters = BuildMessageProofParameters & {
  readonly salt: Uint8Array;
  readonly records: readonly ReadingRecord[];
  /** Which of the records is proven. */
  readonly record: number;
};

/** A message's proof, from what its sealer knows. */
export function buildMessageProof(parameters: BuildMessageProofParameters): MessageProof {
  const { checkpoint, message, key } = parameters;
  return {
    format: "fieldseal-proof/1",
    chainId: Number(parameters.chainId),
    log: hex(fromHex(parameters.log, 20)),
    logId: parameters.logId.toString(),
    checkpoint: {
      index: checkpoint.index.toString(),
      root: hex(checkpoint.root),
      size: checkpoint.size.toString(),
      sealedAt: checkpoint.sealedAt.toString(),
      epoch: checkpoint.epoch,
      signers: bitmapHex(checkpoint.signers),
    },
    message: {
      device: message.device,
      keyIndex: message.keyIndex,
      sequence: message.sequence.toString(),
      root: hex(message.root),
      index: parameters.index.toString(),
      path: parameters.path.map(hex),
      keyType: key.keyType,
      key: hex(key.point),
      signature: hex(message.signature),
    },
  };
}

/** A reading's proof, from its message's body and what its sealer knows. @throws TREE_INDEX */
export function buildProof(parameters: BuildProofParameters): ProofFile {
  const { salt, records, record } = parameters;
  return { ...buildMessageProof(parameters), reading: proofReading(salt, records, record) };
}

/**
 * Discloses one reading of a sealed message whose body only its device knows; its neighbours stay hidden.
 * @param body The plain body that the device kept
 * @throws BODY_ROOT_MISMATCH when the body is not this message's, TREE_INDEX, and as openBody
 */
export function disclose(proof: MessageProof, body: MessageBody, record: number): ProofFile {
  const { salt, records } = openBody(body);
  if (!equalBytes(bodyRoot(salt, records), fromHex(proof.message.root, 32))) {
    throw sdkError("BODY_ROOT_MISMATCH", "The body is not this message's.");
  }
  const { format, chainId, log, logId, checkpoint, message } = proof;
  const reading = proofReading(salt, records, record);
  return { format, chainId, log, logId, checkpoint, message, reading };
}

function proofReading(
  salt: Uint8Array,
  records: readonly ReadingRecord[],
  record: number,
): ProofReading {
  const path = inclusionPath(readingLeafHashes(salt, records), record);
  const reading = records[record] as ReadingRecord;
  return {
    kind: reading.kind,
    record,
    time: reading.timeMs.toString(),
    metric: reading.metric,
    value: reading.value.toString(),
    salt: hex(readingSalt(salt, record)),
    records: records.length,
    path: path.map(hex),
    ...(reading.text === undefined ? {} : { text: reading.text }),
    ...(reading.data === undefined ? {} : { data: hex(reading.data) }),
  };
}

function bitmapHex(bitmap: number): `0x${string}` {
  const digits = bitmap.toString(16);
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}
