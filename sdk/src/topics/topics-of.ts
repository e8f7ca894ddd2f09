import { sdkError } from "../errors/sdk-error.ts";
import type { DeviceId } from "../types.ts";

/** What every topic of version 1 begins with, unless configured otherwise. */
export const defaultTopicPrefix = "fieldseal/1";

/** A device's topics. */
export type DeviceTopics = {
  /** Messages of the device, COSE or JSON, QoS 1. */
  readonly up: string;
  /** Receipts for the device. */
  readonly receipt: string;
  /** Signed commands for the device. */
  readonly command: string;
  /** Retained state and last will. */
  readonly state: string;
  /** What other devices offer it. */
  readonly market: string;
};

/** The topics of a device under a prefix without trailing slash. */
export function topicsOf(prefix: string, device: DeviceId): DeviceTopics {
  const base = `${prefix}/${device}`;
  return {
    up: `${base}/up`,
    receipt: `${base}/receipt`,
    command: `${base}/command`,
    state: `${base}/state`,
    market: `${base}/market`,
  };
}

/** The device of one of its topics, undefined for any other topic. Ids in topics are lowercase. */
export function deviceOfTopic(prefix: string, topic: string): DeviceId | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const parts = /^(0x[0-9a-f]{40})\/(?:up|receipt|command|state|market)$/.exec(
    topic.slice(prefix.length + 1),
  );
  return parts === null ? undefined : (parts[1] as DeviceId);
}

const kindPattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * Where any active device asks sellers of a kind of service for quotes.
 * @param kind 1 to 32 of a–z, 0–9 and `-`, not beginning with `-`
 * @throws MARKET_KIND
 */
export function marketRequestTopic(prefix: string, kind: string): string {
  if (!kindPattern.test(kind)) throw sdkError("MARKET_KIND", `"${kind}" is no kind of service.`);
  return `${prefix}/market/${kind}/request`;
}

/** A topic of version 1, taken apart. */
export type ParsedTopic =
  | { readonly device: DeviceId; readonly leaf: keyof DeviceTopics }
  | { readonly marketKind: string };

/** Takes a topic apart, exactly: no wildcard, no other spelling. Undefined for what is none of ours. */
export function parseTopic(prefix: string, topic: string): ParsedTopic | undefined {
  const device = deviceOfTopic(prefix, topic);
  if (device !== undefined) {
    return { device, leaf: topic.slice(topic.lastIndexOf("/") + 1) as keyof DeviceTopics };
  }
  if (!topic.startsWith(`${prefix}/market/`) || !topic.endsWith("/request")) return undefined;
  const marketKind = topic.slice(prefix.length + "/market/".length, -"/request".length);
  return kindPattern.test(marketKind) ? { marketKind } : undefined;
}
