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
