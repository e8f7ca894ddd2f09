import {
  checkBody,
  type DeviceMessage,
  FieldsealError,
  normaliseLowS,
  sigStructure,
} from "@fieldseal/sdk";
import { nodeSha256, verifySignature } from "@fieldseal/sdk/node";
import type { DeviceDirectory } from "../chain/types.ts";
import { checkTimes } from "./check-times.ts";
import type { Candidate } from "./commit-batch.ts";
import { factsOf } from "./facts-of.ts";
import { judge } from "./judge.ts";
import type { Inbound } from "./types.ts";

export type CheckContext = {
  readonly devices: DeviceDirectory;
  readonly logId: bigint;
  /** external_aad of every message. */
  readonly domain: Uint8Array;
  readonly skewMs: number;
  readonly nowMs: number;
  /** Time of the newest block known. */
  readonly chainTimeMs: number;
};

/**
 * Everything that is asked of a message before it is stored, the cheap questions first, the signature last.
 * @throws TOPIC_MISMATCH, RETAINED, TIME_AHEAD, SIGNATURE_INVALID, and as `judge` and `checkBody`
 */
export async function checkMessage(
  { devices, logId, domain, skewMs, nowMs, chainTimeMs }: CheckContext,
  { bytes, topicDevice, retained = false }: Inbound,
  message: DeviceMessage,
): Promise<Candidate> {
  if (topicDevice !== undefined && topicDevice !== message.device) {
    throw new FieldsealError(
      "TOPIC_MISMATCH",
      `The message of ${message.device} came under the topic of ${topicDevice}.`,
    );
  }
  if (retained) throw new FieldsealError("RETAINED", "A retained message is not a new reading.");
  const { key, block } = judge(devices, logId, message);
  const readings = checkBody(message, nodeSha256);
  checkTimes(readings, Math.max(nowMs, chainTimeMs), skewMs);
  const facts = factsOf(message);
  const { keyType } = key;
  const signature = normaliseLowS(keyType, message.signature);
  if (!(await verifySignature(key, sigStructure({ ...facts, keyType }, domain), signature))) {
    throw new FieldsealError(
      "SIGNATURE_INVALID",
      `The signature is not by key ${facts.keyIndex} of ${facts.device} over this message.`,
    );
  }
  return {
    facts,
    keyType,
    claimedKeyType: message.keyType,
    signature,
    raw: bytes,
    receivedAtMs: nowMs,
    acceptedBlock: block,
    readings,
  };
}
