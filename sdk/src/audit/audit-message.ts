import { equalBytes } from "../bytes/arrays.ts";
import { fromBase64Url } from "../bytes/base64.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { checkpointLeaf } from "../checkpoint/checkpoint-leaf.ts";
import { openBody } from "../codec/body.ts";
import { decodeMessage } from "../codec/decode-message.ts";
import { sigStructure } from "../codec/sig-structure.ts";
import { sha256 } from "../hash/sha256.ts";
import { deviceIdOf } from "../id/device-id.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import { verifyDigest } from "../keys/verify-digest.ts";
import { encodeLeaf } from "../leaf/encode-leaf.ts";
import type { Hex } from "../proof/proof-file.ts";
import { treeRoot } from "../tree/build-tree.ts";
import { rootFromPath } from "../tree/root-from-path.ts";
import { leafHash } from "../tree/tree-hash.ts";
import type { DeviceMessage } from "../types.ts";
import type { AuditCheckpoint, AuditMessage } from "./audit-bundle.ts";
import type { AuditFinding } from "./audit-finding.ts";
import { canonicalMessage } from "./canonical-message.ts";

/** What a message is audited against. */
export type MessageContext = {
  readonly device: string;
  readonly domain: Uint8Array;
  /** The key id that the registry holds under an index. */
  readonly keyIds: ReadonlyMap<number, string>;
  readonly checkpoints: ReadonlyMap<string, AuditCheckpoint>;
  /** Every message of the bundle, to find out who stands where. */
  readonly messages: readonly AuditMessage[];
};

/** A message's bytes taken apart; undefined when they cannot be. */
export function readAuditMessage(entry: AuditMessage): DeviceMessage | undefined {
  try {
    return decodeMessage(fromBase64Url(entry.bytes));
  } catch {
    return undefined;
  }
}

/** Audits one message: records, root, signature, key, leaf, place. */
export function auditMessage(
  entry: AuditMessage,
  position: number,
  context: MessageContext,
): AuditFinding[] {
  const message = readAuditMessage(entry);
  const where = { checkpoint: entry.checkpoint, position };
  if (message === undefined) {
    const text = `Message ${position}: its bytes are no message any more.`;
    return [{ code: "AUDIT_MESSAGE_ALTERED", message: text, ...where }];
  }
  const { keyIndex, sequence } = message;
  const name = `Message ${position} (key ${keyIndex}, sequence ${sequence})`;
  const named = { ...where, keyIndex, sequence: sequence.toString() };
  const find = (code: AuditFinding["code"], text: string, record?: number): AuditFinding => ({
    code,
    message: `${name}: ${text}`,
    ...named,
    ...(record === undefined ? {} : { record }),
  });
  const findings = [
    ...auditRecords(entry, message, find),
    ...auditPlace(entry, message, context, find),
    ...auditSignature(entry, message, context, find),
  ];
  return findings.length > 0 ? findings : auditSpelling(entry, message, find);
}

/** Bytes that no signature binds have one spelling in a bundle, so they cannot change unnoticed either. */
function auditSpelling(entry: AuditMessage, message: DeviceMessage, find: Find): AuditFinding[] {
  const canonical = canonicalMessage(message, entry.keyType);
  if (canonical === undefined || equalBytes(canonical, fromBase64Url(entry.bytes))) return [];
  return [find("AUDIT_MESSAGE_ALTERED", "its bytes are not spelled as bundles spell them.")];
}

type Find = (code: AuditFinding["code"], text: string, record?: number) => AuditFinding;

function auditRecords(entry: AuditMessage, message: DeviceMessage, find: Find): AuditFinding[] {
  const given = entry.readings.map((leaf) => leaf.toLowerCase() as Hex);
  if (message.body.kind === "encrypted") {
    // Disclosed leaves are as good as the root they give; none at all says nothing and hides nothing.
    if (given.length === 0 || givesRoot(given, message.root)) return [];
    return [find("AUDIT_RECORD_ALTERED", "the leaves beside its encrypted body are not its own.")];
  }
  let leaves: Hex[];
  try {
    const { salt, records } = openBody(message.body);
    leaves = records.map((record) => hex(encodeLeaf(record, salt)));
  } catch {
    return [find("AUDIT_MESSAGE_ALTERED", "its body does not open any more.")];
  }
  const isBodyGood = givesRoot(leaves, message.root);
  if (isBodyGood && leaves.join() === given.join()) return [];
  const [good, bad, whose] = isBodyGood
    ? ([leaves, given, "the list of leaves"] as const)
    : ([given, leaves, "the body"] as const);
  if (!givesRoot(good, message.root)) {
    return [find("AUDIT_MESSAGE_ALTERED", "its body does not give the root it claims.")];
  }
  return compareRecords(good, bad, whose, find);
}

function compareRecords(
  good: readonly Hex[],
  bad: readonly Hex[],
  whose: string,
  find: Find,
): AuditFinding[] {
  // Number and salt of a record follow its place, so what moved is recognised by the rest.
  const contents = good.map(recordContent);
  const found = bad.map(recordContent);
  if (good.length !== bad.length) {
    const at = contents.findIndex((content, record) => content !== found[record]);
    const record = at < 0 ? Math.min(good.length, bad.length) : at;
    const text = `${whose} ${bad.length > good.length ? "has more" : "has fewer"} records than were signed, from record ${record} on.`;
    return [find("AUDIT_RECORD_MISSING", text, record)];
  }
  if (contents.join() === found.join() && whose === "the body") {
    return [find("AUDIT_MESSAGE_ALTERED", "the body has another salt than the signed one.")];
  }
  const differing = good.flatMap((leaf, record) => (leaf === bad[record] ? [] : [record]));
  const isMoved = differing.length > 1 && sorted(differing, contents) === sorted(differing, found);
  return differing.map((record) =>
    isMoved
      ? find("AUDIT_RECORD_SWAPPED", `record ${record} stands in another's place.`, record)
      : find("AUDIT_RECORD_ALTERED", `record ${record} is not the signed one.`, record),
  );
}

function auditPlace(
  entry: AuditMessage,
  message: DeviceMessage,
  context: MessageContext,
  find: Find,
): AuditFinding[] {
  const checkpoint = context.checkpoints.get(entry.checkpoint);
  if (checkpoint === undefined) return [];
  const own = hex(checkpointLeaf(message));
  const isOwn = own === entry.leaf.toLowerCase();
  const isOwnSealed = leadsTo(own, entry, checkpoint);
  if (isOwnSealed) {
    if (isOwn) return [];
    return [find("AUDIT_LEAF_ALTERED", "the leaf beside it is not its own.")];
  }
  if (!isOwn && leadsTo(entry.leaf, entry, checkpoint)) {
    return [find("AUDIT_MESSAGE_ALTERED", "another message was sealed in its place.")];
  }
  const elsewhere = context.messages.some(
    (other) =>
      other !== entry && other.checkpoint === entry.checkpoint && leadsTo(own, other, checkpoint),
  );
  return elsewhere
    ? [find("AUDIT_MESSAGE_SWAPPED", "it was sealed at another message's place.")]
    : [find("AUDIT_PROOF_ALTERED", "its place and path do not lead to the checkpoint's root.")];
}

function auditSignature(
  entry: AuditMessage,
  message: DeviceMessage,
  { device, domain, keyIds }: MessageContext,
  find: Find,
): AuditFinding[] {
  const { keyType } = entry;
  const key = { keyType, point: fromHex(entry.key, 64) };
  if (message.device !== device) {
    return [find("AUDIT_MESSAGE_ALTERED", `it is of another device, ${message.device}.`)];
  }
  if (deviceIdOf(key) !== keyIds.get(message.keyIndex)) {
    return [find("AUDIT_KEY_ALTERED", "its key is not the one that the registry holds.")];
  }
  const digest = sha256(sigStructure({ ...message, keyType }, domain));
  const isType = message.keyType === undefined || message.keyType === keyType;
  if (isType && verifyDigest(key, digest, normaliseLowS(keyType, message.signature))) return [];
  return [find("AUDIT_MESSAGE_ALTERED", "its device's signature does not cover it.")];
}

/** Whether a leaf leads to the checkpoint's root from a place. */
export function leadsTo(
  leaf: Hex,
  place: { readonly index: string; readonly path: readonly Hex[] },
  checkpoint: AuditCheckpoint,
): boolean {
  const path = place.path.map((node) => fromHex(node));
  const size = BigInt(checkpoint.size);
  const root = rootFromPath(leafHash(fromHex(leaf)), BigInt(place.index), size, path);
  return root !== undefined && equalBytes(root, fromHex(checkpoint.root));
}

function givesRoot(leaves: readonly Hex[], root: Uint8Array): boolean {
  if (leaves.length === 0) return false;
  return equalBytes(treeRoot(leaves.map((leaf) => leafHash(fromHex(leaf)))), root);
}

/** Kind, time, metric and value of a leaf, in hex: what does not follow from its place. */
function recordContent(leaf: Hex): string {
  return `${leaf.slice(2, 4)}${leaf.slice(12, 156)}`;
}

function sorted(places: readonly number[], contents: readonly string[]): string {
  return places
    .map((place) => contents[place])
    .sort()
    .join();
}
