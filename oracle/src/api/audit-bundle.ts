import {
  type AuditBundle,
  type AuditCheckpoint,
  type AuditMessage,
  type AuditNeighbour,
  canonicalMessage,
  type DeviceId,
  decodeMessage,
  encodeLeaf,
  FieldsealError,
  hex,
  type KeyType,
  openBody,
  toBase64Url,
} from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import type { StoredCheckpoint } from "../store/checkpoints.ts";
import { factsOfLeaf, subtreesFrom } from "../store/read-subtree.ts";
import type { ApiSources } from "./api-context.ts";
import { type DeviceRun, deviceRun } from "./queries/device-run.ts";
import { requireWhole } from "./queries/known-checkpoints.ts";
import { messageBodies } from "./queries/message-bodies.ts";
import { type PathReader, pathReader } from "./queries/path-reader.ts";
import { signersHex } from "./views.ts";

/** What bundles are made from. */
type AuditSources = Pick<ApiSources, "store" | "devices" | "identity">;

type Placed = { readonly checkpoint: number; readonly run: DeviceRun };

/** A sealed checkpoint of the range. */
export type SealedCheckpoint = StoredCheckpoint & {
  readonly sealing: NonNullable<StoredCheckpoint["sealing"]>;
};

async function neighbour(paths: PathReader, index: number): Promise<AuditNeighbour | undefined> {
  const found = await paths.read(index);
  if (found === undefined) return undefined;
  return { leaf: hex(found.leaf), index: String(index), path: found.path.map(hex) };
}

async function auditCheckpoint(
  { store }: AuditSources,
  checkpoint: SealedCheckpoint,
  run: DeviceRun,
): Promise<AuditCheckpoint> {
  const { index, root, size, epoch, sealing } = checkpoint;
  const paths = pathReader(store.read, index);
  const before = run.first === 0 ? undefined : await neighbour(paths, run.first - 1);
  const after = run.end === size ? undefined : await neighbour(paths, run.end);
  return {
    index: String(index),
    root: hex(root),
    size: String(size),
    sealedAt: String(sealing.sealedAtS),
    epoch,
    signers: signersHex(sealing.signers),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** A message as bundles spell it, with its leaves. One that was damaged in the store is shown as it is, for the audit to name. */
function spelled(raw: Uint8Array, keyType: KeyType): Pick<AuditMessage, "bytes" | "readings"> {
  try {
    const message = decodeMessage(raw);
    const { body } = message;
    const opened = body.kind === "encrypted" ? undefined : openBody(body, nodeSha256);
    const bytes = toBase64Url(canonicalMessage(message, keyType, opened) ?? raw);
    if (opened === undefined) return { bytes, readings: [] };
    const { salt, records } = opened;
    const readings = records.map((record) => hex(encodeLeaf(record, salt, nodeSha256)));
    return { bytes, readings };
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    return { bytes: toBase64Url(raw), readings: [] };
  }
}

async function* auditMessages(
  { store, devices }: AuditSources,
  device: DeviceId,
  { checkpoint, run }: Placed,
): AsyncGenerator<AuditMessage> {
  const paths = pathReader(store.read, checkpoint);
  for await (const leaves of subtreesFrom(store.read, checkpoint, run.first)) {
    const own = leaves.filter(({ index }) => index < run.end);
    if (own.length === 0) return;
    const bodies = await messageBodies(
      store.read,
      own.map(({ messageId }) => messageId),
    );
    for (const { messageId, index, leaf } of own) {
      const raw = bodies.get(messageId);
      if (raw === undefined) {
        // The retention came here while the bundle was read: rather no bundle than one with less in it.
        await requireWhole(store, checkpoint, checkpoint);
        continue;
      }
      const key = devices.lookup(device)?.key(factsOfLeaf(leaf).keyIndex)?.key;
      const found = await paths.read(index);
      if (key === undefined || found === undefined) {
        throw new FieldsealError("INTERNAL", `The store lacks a key or a tree of ${device}.`);
      }
      yield {
        checkpoint: String(checkpoint),
        index: String(index),
        path: found.path.map(hex),
        leaf: hex(leaf),
        keyType: key.keyType,
        key: hex(key.point),
        ...spelled(raw, key.keyType),
      };
    }
  }
}

/**
 * The bundle as JSON in pieces, so that no range is too large for memory: what the log holds of a
 * device in consecutive sealed checkpoints, with the neighbours that show that nothing is left out.
 */
export async function* auditBundle(
  sources: AuditSources,
  device: DeviceId,
  checkpoints: AsyncIterable<SealedCheckpoint>,
): AsyncGenerator<string> {
  const { identity, store } = sources;
  const head: Omit<AuditBundle, "checkpoints" | "messages"> = {
    format: "fieldseal-audit/1",
    chainId: Number(identity.chainId),
    registry: identity.registry,
    log: identity.log,
    logId: identity.logId.toString(),
    device,
  };
  yield `${JSON.stringify(head).slice(0, -1)},\n"checkpoints":[`;
  const placed: Placed[] = [];
  let separator = "\n";
  for await (const checkpoint of checkpoints) {
    const { index, size } = checkpoint;
    const run = await deviceRun(store.read, index, size, device);
    yield `${separator}${JSON.stringify(await auditCheckpoint(sources, checkpoint, run))}`;
    separator = ",\n";
    if (run.end > run.first) placed.push({ checkpoint: index, run });
  }
  yield '],\n"messages":[';
  separator = "\n";
  for (const place of placed) {
    for await (const message of auditMessages(sources, device, place)) {
      yield `${separator}${JSON.stringify(message)}`;
      separator = ",\n";
    }
  }
  yield "]}\n";
}
