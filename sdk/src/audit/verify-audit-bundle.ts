import { hex } from "../bytes/hex.ts";
import { checkpointCommitment } from "../checkpoint/checkpoint-commitment.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { messageDomain } from "../id/message-domain.ts";
import { askLog, askRegistry, type CallProvider, checkChainId } from "../proof/ask-chain.ts";
import { checkpointFields } from "../proof/check-proof-offline.ts";
import { refuseOtherLog } from "../proof/refuse-other-log.ts";
import type { AuditBundle } from "./audit-bundle.ts";
import type { AuditFinding, AuditVerdict } from "./audit-finding.ts";
import { auditMessage, type MessageContext, readAuditMessage } from "./audit-message.ts";
import { auditRange, sequenceGaps } from "./audit-range.ts";

export type VerifyAuditOptions = {
  readonly provider: CallProvider;
  /** The ReadingLog that the auditor trusts; without it the bundle names its own. */
  readonly log?: string;
  /** The id of the log that the auditor trusts: anybody may open another one in the same contract. */
  readonly logId?: bigint | string;
};

/**
 * Verifies a bundle with nothing but the chain: every checkpoint against its commitment, every message against
 * its checkpoint, its records and its device's key, and that nothing of the range is left out. The verdict names
 * each part that is altered, missing or swapped.
 * @throws PROOF_CHAIN, PROOF_CHECKPOINT when the bundle is of another log
 */
export async function verifyAuditBundle(
  bundle: AuditBundle,
  { provider, log = bundle.log, logId }: VerifyAuditOptions,
): Promise<AuditVerdict> {
  refuseOtherLog(bundle, { log, logId });
  await checkChainId(provider, bundle.chainId);
  const registry = String(await askLog(provider, log, "registry", []));
  if (registry.toLowerCase() !== bundle.registry.toLowerCase()) {
    throw sdkError("PROOF_CHECKPOINT", "The log belongs to another registry.", { registry });
  }
  const context: MessageContext = {
    device: bundle.device,
    domain: messageDomain(BigInt(bundle.chainId), registry),
    keyIds: await readKeyIds(bundle, registry, provider),
    checkpoints: new Map(bundle.checkpoints.map((checkpoint) => [checkpoint.index, checkpoint])),
    messages: bundle.messages,
  };
  const sealedSince = await countSealedSince(bundle, provider);
  const findings = [
    ...auditCoverage(bundle, sealedSince),
    ...(await auditCheckpoints(bundle, provider)),
    ...auditRange(bundle),
    ...bundle.messages.flatMap((entry, position) => auditMessage(entry, position, context)),
  ];
  return {
    ok: findings.length === 0,
    findings,
    gaps: sequenceGaps(bundle),
    checkpoints: bundle.checkpoints.length,
    messages: bundle.messages.length,
    readings: bundle.messages.reduce((sum, { readings }) => sum + readings.length, 0),
    sealedSince,
  };
}

/** A bundle without a checkpoint would say of nothing that nothing is missing. */
function auditCoverage({ checkpoints }: AuditBundle, sealed: bigint): AuditFinding[] {
  if (checkpoints.length > 0 || sealed === 0n) return [];
  const message = `The bundle has no checkpoint, the log has sealed ${sealed}.`;
  return [{ code: "AUDIT_CHECKPOINT_MISSING", message, checkpoint: "0" }];
}

async function auditCheckpoints(
  bundle: AuditBundle,
  provider: CallProvider,
): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (const checkpoint of bundle.checkpoints) {
    const { index } = checkpoint;
    const sealed = await askLog(provider, bundle.log, "commitmentOf", [
      BigInt(bundle.logId),
      BigInt(index),
    ]);
    if (sealed === hex(checkpointCommitment(checkpointFields(checkpoint)))) continue;
    const message = `Checkpoint ${index} is not the one that the chain has.`;
    findings.push({ code: "AUDIT_CHECKPOINT_ALTERED", message, checkpoint: index });
  }
  return findings;
}

async function readKeyIds(
  bundle: AuditBundle,
  registry: string,
  provider: CallProvider,
): Promise<ReadonlyMap<number, string>> {
  const keyIds = new Map<number, string>([[0, bundle.device]]);
  for (const entry of bundle.messages) {
    const keyIndex = readAuditMessage(entry)?.keyIndex;
    if (keyIndex === undefined || keyIds.has(keyIndex)) continue;
    const id = await askRegistry(provider, registry, "keyIdOf", [bundle.device, keyIndex]);
    keyIds.set(keyIndex, String(id).toLowerCase());
  }
  return keyIds;
}

async function countSealedSince(bundle: AuditBundle, provider: CallProvider): Promise<bigint> {
  const last = bundle.checkpoints.at(-1);
  const log = await askLog(provider, bundle.log, "log", [BigInt(bundle.logId)]);
  const next = (log as { nextIndex: bigint }).nextIndex;
  return last === undefined ? next : next - BigInt(last.index) - 1n;
}
