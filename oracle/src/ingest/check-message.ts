import { type DeviceMessage, FieldsealError, normaliseLowS } from "@fieldseal/sdk";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Checker } from "./check/checker.ts";
import type { Candidate } from "./commit-batch.ts";
import { factsOf } from "./facts-of.ts";
import { judge } from "./judge.ts";
import type { Inbound } from "./types.ts";

export type CheckContext = {
  readonly devices: DeviceDirectory;
  readonly logId: bigint;
  readonly checker: Checker;
  readonly nowMs: number;
  /** Time of the newest block known. */
  readonly chainTimeMs: number;
};

/**
 * Everything that is asked of a message before it is stored, the cheap questions first.
 * @throws TOPIC_MISMATCH, RETAINED, and as `judge` and `checkContent`
 */
export async function checkMessage(
  { devices, logId, checker, nowMs, chainTimeMs }: CheckContext,
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
  const clockMs = Math.max(nowMs, chainTimeMs);
  const { firstMs, lastMs } = await checker.check({ bytes, message, key, nowMs: clockMs });
  return {
    facts: factsOf(message),
    keyType: key.keyType,
    claimedKeyType: message.keyType,
    signature: normaliseLowS(key.keyType, message.signature),
    raw: bytes,
    receivedAtMs: nowMs,
    acceptedBlock: block,
    readings: lastMs === 0 ? [] : [{ timeMs: BigInt(firstMs) }, { timeMs: BigInt(lastMs) }],
  };
}
