import { hex } from "@fieldseal/sdk";
import { deviceOfBlob, sequenceOfBlob } from "../store/blobs.ts";
import type { StoredCheckpoint } from "../store/checkpoints.ts";

/** The bits of the committee members that signed, as proofs write them. */
export const signersHex = (signers: number): `0x${string}` =>
  `0x${signers.toString(16).padStart(2, "0")}`;

/** A checkpoint as the API shows it. */
export function checkpointView(checkpoint: StoredCheckpoint) {
  const { sealing } = checkpoint;
  return {
    index: String(checkpoint.index),
    root: hex(checkpoint.root),
    size: String(checkpoint.size),
    previous: hex(checkpoint.previous),
    epoch: checkpoint.epoch,
    judgedBlock: String(checkpoint.judgedBlock),
    state: checkpoint.state,
    sealedAt: sealing === undefined ? null : String(sealing.sealedAtS),
    signers: sealing === undefined ? null : signersHex(sealing.signers),
    transaction: sealing?.transaction ?? null,
    block: sealing === undefined ? null : String(sealing.block),
  };
}

/** A reading with what names its message. */
export type ReadingRow = {
  readonly device: Uint8Array;
  readonly key_index: number;
  readonly sequence: Uint8Array;
  readonly record: number;
  readonly metric: string;
  readonly kind: number;
  readonly value: string;
  readonly text: string | null;
  readonly time_ms: number;
  readonly received_at_ms: number;
};

/** A reading as the API shows it. */
export function readingView(row: ReadingRow) {
  return {
    device: deviceOfBlob(row.device),
    keyIndex: row.key_index,
    sequence: sequenceOfBlob(row.sequence).toString(),
    record: row.record,
    metric: row.metric,
    kind: row.kind,
    value: row.value,
    text: row.text,
    time: String(row.time_ms),
    receivedAt: String(row.received_at_ms),
  };
}
