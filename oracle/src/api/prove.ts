import {
  type BuildMessageProofParameters,
  buildMessageProof,
  buildProof,
  decodeMessage,
  FieldsealError,
  type MessageProof,
  openBody,
  type ProofFile,
} from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import { checkpointByIndex } from "../store/checkpoints.ts";
import { type MessageIdentity, messageByIdentity } from "../store/messages.ts";
import type { ApiSources } from "./api-context.ts";

/** What proofs are made from. */
type ProofSources = Pick<ApiSources, "store" | "identity" | "logInfo" | "devices">;

import { messageBodies } from "./queries/message-bodies.ts";
import { messagePath } from "./queries/message-path.ts";

type SealedMessage = {
  readonly parameters: BuildMessageProofParameters;
  readonly messageId: number;
};

function nameOf({ device, keyIndex, sequence }: MessageIdentity): string {
  return `Message ${sequence} under key ${keyIndex} of ${device}`;
}

async function sealedMessage(
  sources: ProofSources,
  identity: MessageIdentity,
): Promise<SealedMessage> {
  const { store, devices, identity: chain } = sources;
  const message = await messageByIdentity(store, identity);
  if (message === undefined) {
    throw new FieldsealError("NOT_FOUND", `${nameOf(identity)} is not stored here.`);
  }
  const { place } = message;
  const checkpoint =
    place === undefined ? undefined : await checkpointByIndex(store, place.checkpoint);
  if (place === undefined || checkpoint?.sealing === undefined) {
    throw new FieldsealError("NOT_SEALED_YET", `${nameOf(identity)} is stored, not sealed yet.`);
  }
  const { id: messageId, signature } = message;
  if (signature === undefined) {
    throw new FieldsealError("BODY_MISSING", `The signature of ${nameOf(identity)} was removed.`);
  }
  const key = devices.lookup(identity.device)?.key(identity.keyIndex)?.key;
  const path = await messagePath(store.read, place);
  if (key === undefined || path === undefined) {
    throw new FieldsealError("INTERNAL", `The store lacks key or tree of ${nameOf(identity)}.`);
  }
  const { sealedAtS, signers } = checkpoint.sealing;
  return {
    messageId,
    parameters: {
      chainId: chain.chainId,
      log: chain.log,
      logId: chain.logId,
      checkpoint: {
        index: BigInt(place.checkpoint),
        root: checkpoint.root,
        size: BigInt(checkpoint.size),
        sealedAt: BigInt(sealedAtS),
        epoch: checkpoint.epoch,
        signers,
      },
      message: { ...message, signature },
      key,
      index: place.leaf,
      path,
    },
  };
}

/**
 * Proof of a sealed message, without its readings: open on restricted logs too, and what a device
 * discloses a reading of an encrypted message with.
 * @throws NOT_FOUND, NOT_SEALED_YET; BODY_MISSING where an older release removed its signature
 */
export async function proveMessage(
  sources: ProofSources,
  identity: MessageIdentity,
): Promise<MessageProof> {
  const { parameters } = await sealedMessage(sources, identity);
  return buildMessageProof(parameters);
}

/**
 * Proof of one reading.
 * @throws NOT_FOUND, NOT_SEALED_YET, BODY_MISSING when the body is encrypted or removed
 */
export async function proveReading(
  sources: ProofSources,
  identity: MessageIdentity,
  record: number,
): Promise<ProofFile> {
  const { parameters, messageId } = await sealedMessage(sources, identity);
  const raw = (await messageBodies(sources.store.read, [messageId])).get(messageId);
  if (raw === undefined) {
    throw new FieldsealError("BODY_MISSING", `The body of ${nameOf(identity)} was removed.`);
  }
  const message = decodeMessage(raw);
  if (message.body.kind === "encrypted") {
    throw new FieldsealError("BODY_MISSING", `The body of ${nameOf(identity)} is encrypted.`);
  }
  const { salt, records } = openBody(message.body, nodeSha256);
  if (record >= records.length) {
    throw new FieldsealError(
      "NOT_FOUND",
      `${nameOf(identity)} has ${records.length} records, none with index ${record}.`,
    );
  }
  return buildProof({ ...parameters, salt, records, record });
}
