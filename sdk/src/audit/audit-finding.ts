import type { SdkErrorCode } from "../errors/codes.ts";

/** What an audit finds wrong, and where. */
export type AuditFinding = {
  readonly code: Extract<SdkErrorCode, `AUDIT_${string}`>;
  /** One sentence that names the part. */
  readonly message: string;
  /** Index of the checkpoint it lies in. */
  readonly checkpoint?: string;
  /** Place in the bundle's list of messages. */
  readonly position?: number;
  readonly keyIndex?: number;
  readonly sequence?: string;
  /** The record within the message. */
  readonly record?: number;
};

/** Result of an audit. `ok` is true when nothing was found. */
export type AuditVerdict = {
  readonly ok: boolean;
  readonly findings: readonly AuditFinding[];
  /** Numbers that the device gave and the bundle's checkpoints do not hold; they speak against nothing that is there. */
  readonly gaps: readonly AuditFinding[];
  readonly checkpoints: number;
  readonly messages: number;
  readonly readings: number;
  /** Checkpoints that the chain has sealed after the bundle's last one. */
  readonly sealedSince: bigint;
};
