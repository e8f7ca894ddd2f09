import { encodeBody, type OpenedBody, openBody } from "../codec/body.ts";
import { encodeCoseMessage } from "../codec/cose-message.ts";
import { errorCode } from "../errors/sdk-error.ts";
import { scaledToDecimal } from "../leaf/decimal.ts";
import { packOf, type Reading } from "../senml/pack-of.ts";
import type { DeviceMessage, KeyType, MessageBody, ReadingRecord } from "../types.ts";

/**
 * A message in the one spelling that audit bundles use: COSE, its records resolved and nothing beside them, so that
 * every byte of it is bound to what the device signed. An encrypted body stays as it is.
 * @param opened the body as `openBody` gave it, where that is at hand
 * @returns undefined if this spelling is over 8 KiB
 * @throws as {@link openBody}
 */
export function canonicalMessage(
  message: DeviceMessage,
  keyType: KeyType,
  opened?: OpenedBody,
): Uint8Array | undefined {
  const body = canonicalBody(message.body, opened);
  try {
    return encodeCoseMessage({ ...message, keyType, body });
  } catch (error) {
    if (errorCode(error) === "MESSAGE_TOO_LARGE") return undefined;
    throw error;
  }
}

function canonicalBody(body: MessageBody, opened?: OpenedBody): MessageBody {
  if (body.kind === "encrypted") return body;
  const { salt, records } = opened ?? openBody(body);
  return encodeBody({ salt, pack: packOf(records.map(readingOf)) });
}

function readingOf({ metric, timeMs, kind, value, text, data }: ReadingRecord): Reading {
  const slash = metric.indexOf("/");
  const named = slash < 0 ? { name: metric } : nameAndUnit(metric, slash);
  const timed = timeMs === 0n ? named : { ...named, timeMs };
  if (kind === 0) return { ...timed, value: scaledToDecimal(value) };
  if (kind === 1) return { ...timed, bool: value !== 0n };
  return kind === 2
    ? { ...timed, text: text ?? "" }
    : { ...timed, data: data ?? new Uint8Array(0) };
}

function nameAndUnit(metric: string, slash: number): { name: string; unit: string } {
  return { name: metric.slice(0, slash), unit: metric.slice(slash + 1) };
}
