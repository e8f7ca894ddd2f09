import {
  checkBody,
  type DeviceMessage,
  FieldsealError,
  normaliseLowS,
  type PublicKey,
  type ReadingRecord,
  sigStructure,
} from "@fieldseal/sdk";
import { nodeSha256, verifySignatureHere } from "@fieldseal/sdk/node";
import { checkTimes } from "../check-times.ts";
import { factsOf } from "../facts-of.ts";

/** What a message's content is judged by, the same for all. */
export type ContentRules = {
  /** external_aad of every message. */
  readonly domain: Uint8Array;
  /** How far a reading's time may be ahead of the clock. */
  readonly skewMs: number;
};

/** The earliest and the latest time of a message's readings, milliseconds; 0 if none has one. */
export type ReadingTimes = { readonly firstMs: number; readonly lastMs: number };

/**
 * The part of the judgement that takes time and needs nothing but the message and its key: body, root, times, and the
 * signature last.
 * @throws TIME_AHEAD, SIGNATURE_INVALID, and as `checkBody`
 */
export function checkContent(
  message: DeviceMessage,
  key: PublicKey,
  nowMs: number,
  { domain, skewMs }: ContentRules,
): ReadingTimes {
  const readings = checkBody(message, nodeSha256);
  checkTimes(readings, nowMs, skewMs);
  const facts = factsOf(message);
  const { keyType } = key;
  const signature = normaliseLowS(keyType, message.signature);
  if (!verifySignatureHere(key, sigStructure({ ...facts, keyType }, domain), signature)) {
    throw new FieldsealError(
      "SIGNATURE_INVALID",
      `The signature is not by key ${facts.keyIndex} of ${facts.device} over this message.`,
    );
  }
  return timesOf(readings);
}

function timesOf(readings: readonly ReadingRecord[]): ReadingTimes {
  let firstMs = 0;
  let lastMs = 0;
  for (const { timeMs } of readings) {
    const time = Number(timeMs);
    if (time === 0) continue;
    if (firstMs === 0 || time < firstMs) firstMs = time;
    if (time > lastMs) lastMs = time;
  }
  return { firstMs, lastMs };
}
