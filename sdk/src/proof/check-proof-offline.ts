import { equalBytes, utf8 } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { toBigInt } from "../bytes/integers.ts";
import {
  type CheckpointFields,
  checkpointCommitment,
} from "../checkpoint/checkpoint-commitment.ts";
import { checkpointLeaf } from "../checkpoint/checkpoint-leaf.ts";
import { sigStructure } from "../codec/sig-structure.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { sha256 } from "../hash/sha256.ts";
import { deviceIdOf } from "../id/device-id.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import { isPublicKey } from "../keys/public-key-of.ts";
import { verifyDigest } from "../keys/verify-digest.ts";
import { encodeSaltedLeaf } from "../leaf/encode-leaf.ts";
import { rootFromPath } from "../tree/root-from-path.ts";
import { leafHash } from "../tree/tree-hash.ts";
import type { DeviceId, PublicKey, SignedFacts } from "../types.ts";
import type { MessageProof, ProofCheckpoint, ProofFile, ProofReading } from "./proof-file.ts";

/** What a proof leads to; it holds if the chain has this commitment and this key. */
export type OfflineVerdict = {
  readonly messageRoot: Uint8Array;
  readonly checkpointRoot: Uint8Array;
  /** To be compared with ReadingLog.commitmentOf(logId, checkpoint.index). */
  readonly commitment: Uint8Array;
  /** To be compared with DeviceRegistry.keyIdOf(device, keyIndex). */
  readonly keyId: DeviceId;
  /** Whether the device's signature was checked, which takes the domain. */
  readonly signatureChecked: boolean;
};

/**
 * Checks all of a proof that needs no chain: reading → message → checkpoint, and with the deployment's domain
 * the device's signature. A genesis key (index 0) is checked against the device id.
 * @throws PROOF_READING, PROOF_MESSAGE, PROOF_KEY, PROOF_SIGNATURE
 */
export function checkProofOffline(proof: ProofFile, domain?: Uint8Array): OfflineVerdict {
  checkReading(proof.reading, fromHex(proof.message.root));
  return checkMessageOffline(proof, domain);
}

/** As {@link checkProofOffline}, of a message alone. @throws PROOF_MESSAGE, PROOF_KEY, PROOF_SIGNATURE */
export function checkMessageOffline(proof: MessageProof, domain?: Uint8Array): OfflineVerdict {
  const { message, checkpoint } = proof;
  const facts = factsOf(proof);
  const path = message.path.map((node) => fromHex(node));
  const leaf = leafHash(checkpointLeaf(facts));
  const root = rootFromPath(leaf, BigInt(message.index), BigInt(checkpoint.size), path);
  const fields = checkpointFields(checkpoint);
  if (root === undefined || !equalBytes(root, fields.root)) {
    throw sdkError("PROOF_MESSAGE", "The message's path does not lead to the checkpoint's root.");
  }
  const key = { keyType: message.keyType, point: fromHex(message.key) };
  return {
    messageRoot: facts.root,
    checkpointRoot: root,
    commitment: checkpointCommitment(fields),
    keyId: checkKey(key, facts),
    signatureChecked: domain !== undefined && checkSignature(proof, key, facts, domain),
  };
}

/** The facts that a proof's device signed. */
export function factsOf({ message }: MessageProof): SignedFacts {
  return {
    device: message.device,
    keyIndex: message.keyIndex,
    sequence: BigInt(message.sequence),
    root: fromHex(message.root, 32),
  };
}

/** A proof's checkpoint as its commitment covers it. */
export function checkpointFields(checkpoint: ProofCheckpoint): CheckpointFields {
  return {
    root: fromHex(checkpoint.root, 32),
    size: BigInt(checkpoint.size),
    sealedAt: BigInt(checkpoint.sealedAt),
    epoch: checkpoint.epoch,
    signers: Number(BigInt(checkpoint.signers)),
  };
}

function checkReading(reading: ProofReading, messageRoot: Uint8Array): void {
  const { kind, record, metric } = reading;
  const value = BigInt(reading.value);
  const resolved = { kind, record, timeMs: BigInt(reading.time), metric, value };
  const leaf = leafHash(encodeSaltedLeaf(resolved, fromHex(reading.salt, 32)));
  const path = reading.path.map((node) => fromHex(node));
  const root = rootFromPath(leaf, record, reading.records, path);
  if (root === undefined || !equalBytes(root, messageRoot)) {
    throw sdkError("PROOF_READING", "The reading's path does not lead to the message's root.");
  }
  checkPreimage(kind === 2, reading.text === undefined ? undefined : utf8(reading.text), value);
  checkPreimage(kind === 3, reading.data === undefined ? undefined : fromHex(reading.data), value);
}

function checkPreimage(fits: boolean, content: Uint8Array | undefined, value: bigint): void {
  if (content === undefined) return;
  if (!fits || BigInt.asIntN(256, toBigInt(sha256(content))) !== value) {
    throw sdkError("PROOF_READING", "The disclosed text or data does not give the digest.");
  }
}

function checkKey(key: PublicKey, { device, keyIndex }: SignedFacts): DeviceId {
  const keyId = isPublicKey(key) ? deviceIdOf(key) : undefined;
  if (keyId === undefined || (keyIndex === 0 && keyId !== device)) {
    throw sdkError("PROOF_KEY", "The key is not this device's.", { device, keyIndex });
  }
  return keyId;
}

function checkSignature(
  { message }: MessageProof,
  key: PublicKey,
  facts: SignedFacts,
  domain: Uint8Array,
): true {
  const signature = normaliseLowS(key.keyType, fromHex(message.signature, 64));
  const digest = sha256(sigStructure({ ...facts, keyType: key.keyType }, domain));
  if (!verifyDigest(key, digest, signature)) {
    throw sdkError("PROOF_SIGNATURE", "The device did not sign this message.");
  }
  return true;
}
