import { fromHex } from "../bytes/hex.ts";
import { parseCheckpointLeaf } from "../checkpoint/checkpoint-leaf.ts";
import type { AuditBundle, AuditCheckpoint, AuditMessage } from "./audit-bundle.ts";
import type { AuditFinding } from "./audit-finding.ts";
import { leadsTo, readAuditMessage } from "./audit-message.ts";

/** Audits that no checkpoint of the range and no message of the device is left out. */
export function auditRange(bundle: AuditBundle): AuditFinding[] {
  const known = new Set(bundle.checkpoints.map(({ index }) => index));
  const strays = bundle.messages.flatMap((entry, position): AuditFinding[] =>
    known.has(entry.checkpoint)
      ? []
      : [
          {
            code: "AUDIT_CHECKPOINT_MISSING",
            message: `Checkpoint ${entry.checkpoint}, which message ${position} names, is not in the bundle.`,
            checkpoint: entry.checkpoint,
            position,
          },
        ],
  );
  return [
    ...auditCheckpointOrder(bundle.checkpoints),
    ...strays,
    ...auditMessageOrder(bundle.messages),
    ...bundle.checkpoints.flatMap((checkpoint) => auditRun(bundle, checkpoint)),
  ];
}

function auditCheckpointOrder(checkpoints: readonly AuditCheckpoint[]): AuditFinding[] {
  return checkpoints.slice(1).flatMap((checkpoint, i): AuditFinding[] => {
    const expected = (BigInt(checkpoints[i]?.index ?? 0) + 1n).toString();
    if (checkpoint.index === expected) return [];
    const message = `Checkpoint ${expected} is left out: ${checkpoint.index} stands in its place.`;
    return [{ code: "AUDIT_CHECKPOINT_MISSING", message, checkpoint: expected }];
  });
}

/** Within a checkpoint the places tell; here, that no message stands among those of another checkpoint. */
function auditMessageOrder(messages: readonly AuditMessage[]): AuditFinding[] {
  return messages.flatMap(({ checkpoint }, position): AuditFinding[] => {
    const previous = messages[position - 1]?.checkpoint;
    if (previous === undefined || BigInt(previous) <= BigInt(checkpoint)) return [];
    const message = `Message ${position} stands out of order: checkpoint ${checkpoint} after ${previous}.`;
    return [{ code: "AUDIT_MESSAGE_SWAPPED", message, checkpoint, position }];
  });
}

/** The device's messages of a checkpoint must fill the places between two proven leaves of other devices. */
function auditRun(bundle: AuditBundle, checkpoint: AuditCheckpoint): AuditFinding[] {
  const { index, before, after } = checkpoint;
  const findings: AuditFinding[] = [];
  for (const [side, neighbour] of [
    ["before", before],
    ["after", after],
  ] as const) {
    if (neighbour === undefined) continue;
    const { device } = parseCheckpointLeaf(fromHex(neighbour.leaf));
    const isBeyond = side === "before" ? device < bundle.device : device > bundle.device;
    if (isBeyond && leadsTo(neighbour.leaf, neighbour, checkpoint)) continue;
    const message = `Checkpoint ${index}: the leaf ${side} the device's messages is not proven.`;
    findings.push({ code: "AUDIT_PROOF_ALTERED", message, checkpoint: index });
  }
  let next = before === undefined ? 0n : BigInt(before.index) + 1n;
  const end = after === undefined ? BigInt(checkpoint.size) : BigInt(after.index);
  for (const [position, entry] of bundle.messages.entries()) {
    if (entry.checkpoint !== index) continue;
    const place = BigInt(entry.index);
    if (place > next) findings.push(missing(checkpoint, next, place));
    if (place < next) {
      findings.push({
        code: "AUDIT_MESSAGE_SWAPPED",
        message: `Message ${position} stands out of order: place ${place} of checkpoint ${index} after place ${next - 1n}.`,
        checkpoint: index,
        position,
      });
    }
    next = place + 1n;
  }
  if (next < end) findings.push(missing(checkpoint, next, end));
  return findings;
}

function missing({ index }: AuditCheckpoint, from: bigint, to: bigint): AuditFinding {
  const places = to - from === 1n ? `place ${from}` : `places ${from} to ${to - 1n}`;
  return {
    code: "AUDIT_MESSAGE_MISSING",
    message: `Checkpoint ${index}: the device's message at ${places} is not in the bundle.`,
    checkpoint: index,
  };
}

/**
 * Numbers that a device gave and that are sealed in none of the bundle's checkpoints: lost or refused on the way in,
 * set aside, or sealed outside the range. Nothing is wrong with what is there. Within one key and boot the low 32 bits
 * of the sequence count messages; order of sealing is free.
 */
export function sequenceGaps({ messages }: AuditBundle): AuditFinding[] {
  const boots = new Map<string, { keyIndex: number; sequences: bigint[] }>();
  for (const entry of messages) {
    const message = readAuditMessage(entry);
    if (message === undefined) continue;
    const { keyIndex, sequence } = message;
    const name = `${keyIndex}/${sequence >> 32n}`;
    const boot = boots.get(name) ?? { keyIndex, sequences: [] };
    boot.sequences.push(sequence);
    boots.set(name, boot);
  }
  const findings: AuditFinding[] = [];
  for (const { keyIndex, sequences } of boots.values()) {
    sequences.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [i, sequence] of sequences.entries()) {
      const previous = sequences[i - 1];
      if (previous === undefined || sequence - previous <= 1n) continue;
      findings.push({
        code: "AUDIT_SEQUENCE_GAP",
        message: `Key ${keyIndex}: no message between sequences ${previous} and ${sequence} of one boot.`,
        keyIndex,
        sequence: (previous + 1n).toString(),
      });
    }
  }
  return findings;
}
