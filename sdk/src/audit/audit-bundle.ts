import type { Hex, ProofCheckpoint } from "../proof/proof-file.ts";
import type { DeviceId, KeyType } from "../types.ts";

/** A checkpoint leaf next to where the device's messages stand, of another device. */
export type AuditNeighbour = {
  /** device ‖ key index ‖ sequence ‖ root, 64 bytes. */
  readonly leaf: Hex;
  readonly index: string;
  readonly path: readonly Hex[];
};

/**
 * A checkpoint of the range. Leaves are sorted by device, so the leaf before the device's first message and the
 * one after its last show that none of its messages is left out; at either end of the checkpoint there is none.
 */
export type AuditCheckpoint = ProofCheckpoint & {
  readonly before?: AuditNeighbour;
  readonly after?: AuditNeighbour;
};

/** A message of the device. */
export type AuditMessage = {
  /** Index of its checkpoint. */
  readonly checkpoint: string;
  /** Its place in the checkpoint. */
  readonly index: string;
  readonly path: readonly Hex[];
  /** Its checkpoint leaf, 64 bytes. */
  readonly leaf: Hex;
  /** The message in the one spelling of bundles, see canonicalMessage; base64url. */
  readonly bytes: string;
  readonly keyType: KeyType;
  /** x ‖ y, 64 bytes. */
  readonly key: Hex;
  /** Its readings' leaves, 109 bytes each; none for an encrypted body. */
  readonly readings: readonly Hex[];
};

/**
 * All that a log holds of one device in a range of checkpoints, for a third party who has nothing but the chain.
 * Checkpoints are consecutive; messages in the order of checkpoint and index.
 */
export type AuditBundle = {
  readonly format: "fieldseal-audit/1";
  readonly chainId: number;
  readonly registry: Hex;
  readonly log: Hex;
  readonly logId: string;
  readonly device: DeviceId;
  readonly checkpoints: readonly AuditCheckpoint[];
  readonly messages: readonly AuditMessage[];
};
