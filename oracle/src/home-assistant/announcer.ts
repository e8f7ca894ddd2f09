import { type DeviceId, parseDeviceId, scaledToDecimal } from "@fieldseal/sdk";
import type { Logger } from "pino";
import type { LiveEvent } from "../api/live-hub.ts";
import {
  type AnnouncedMetric,
  type AnnouncementPlace,
  configTopic,
  deviceOfConfig,
  discoveryPayload,
  metricOfKey,
  sealTopic,
  stateTopic,
} from "./discovery-payload.ts";
import { entityKind } from "./entity-kind.ts";
import type { Seal } from "./seal-of.ts";

export type AnnouncerOptions = {
  readonly log: Logger;
  readonly place: AnnouncementPlace;
  /** Whether Home Assistant may know of a device. Asked again at every step. */
  mayAnnounce(device: DeviceId): boolean;
  sealOf(message: {
    device: DeviceId;
    keyIndex: number;
    sequence: bigint;
  }): Promise<Seal | undefined>;
  /** Publishes retained; an empty payload takes away what was there. Rejects while there is no connection. */
  publish(topic: string, payload: string): Promise<void>;
};

type Message = { readonly keyIndex: number; readonly sequence: bigint };

type Newest = AnnouncedMetric &
  Message & {
    readonly record: number;
    readonly value: string;
    readonly timeMs: number;
    seal: Seal | undefined;
    isDirty: boolean;
  };

type Known = {
  readonly metrics: Map<string, AnnouncedMetric>;
  readonly newest: Map<string, Newest>;
  isConfigDirty: boolean;
};

const maxDevices = 2000;
const maxMetrics = 64;
/** Published, and seals looked up, in one step. */
const burst = 200;
const idleMs = 1000;
const maxText = 255;

const keyOf = ({ metric, kind }: AnnouncedMetric) => `${kind}:${metric}`;

function shownValue(kind: number, value: string, text: unknown): string {
  if (kind === 0) return scaledToDecimal(BigInt(value));
  if (kind === 1) return String(BigInt(value) !== 0n);
  return typeof text === "string" ? text.slice(0, maxText) : "";
}

/**
 * Keeps Home Assistant's picture of the log: which devices and metrics there are, their newest values, and how far
 * these are sealed. It says only what is durable, and takes back what it may no longer say.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #devices = new Map<DeviceId, Known>();
  /** Announcements that the broker still holds from before and that may have to go. */
  readonly #found = new Map<DeviceId, readonly AnnouncedMetric[]>();

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** An event of the live feed. */
  take({ event, data }: LiveEvent): void {
    if (event === "checkpoint") this.#unseal(data);
    if (event !== "reading") return;
    const device = parseDeviceId(String(data.device));
    const metric = { metric: String(data.metric), kind: Number(data.kind) };
    if (entityKind(metric.metric, metric.kind) === undefined) return;
    if (!this.#options.mayAnnounce(device)) return;
    const known = this.#know(device, metric);
    if (known === undefined) return;
    const time = Number(data.time);
    const timeMs = time === 0 ? Number(data.receivedAt) : time;
    const before = known.newest.get(keyOf(metric));
    // A device that comes back hands in old readings too.
    if (before !== undefined && before.timeMs > timeMs) return;
    known.newest.set(keyOf(metric), {
      ...metric,
      keyIndex: Number(data.keyIndex),
      sequence: BigInt(String(data.sequence)),
      record: Number(data.record),
      value: shownValue(metric.kind, String(data.value), data.text),
      timeMs,
      seal: undefined,
      isDirty: true,
    });
  }

  /** Whatever lies on the topics of announcements, as the broker delivers it on connecting. */
  found(topic: string, payload: Uint8Array): void {
    const id = deviceOfConfig(this.#options.place, topic);
    if (id === undefined || payload.length === 0 || payload.length > 262_144) return;
    const metrics: AnnouncedMetric[] = [];
    try {
      const config: unknown = JSON.parse(new TextDecoder().decode(payload));
      const components =
        typeof config === "object" && config !== null && "cmps" in config ? config.cmps : undefined;
      for (const key of Object.keys(components ?? {}).slice(0, maxMetrics)) {
        const metric = metricOfKey(key);
        if (metric !== undefined) metrics.push(metric);
      }
    } catch {
      // Not ours, or damaged: the topic is, so it is judged all the same.
    }
    if (this.#found.size < maxDevices) this.#found.set(parseDeviceId(id), metrics);
  }

  /** The broker may have lost everything: all is said anew. */
  connected(): void {
    for (const known of this.#devices.values()) {
      known.isConfigDirty = true;
      for (const one of known.newest.values()) one.isDirty = true;
    }
  }

  /** Publishes what is due. @returns milliseconds until it should be called again */
  async step(): Promise<number> {
    let left = burst;
    for (const [device, metrics] of this.#found) {
      this.#found.delete(device);
      if (this.#options.mayAnnounce(device)) {
        for (const metric of metrics) this.#know(device, metric);
      } else if (!this.#devices.has(device)) {
        await this.#withdraw(device, metrics);
      }
    }
    for (const [device, known] of this.#devices) {
      if (!this.#options.mayAnnounce(device)) {
        await this.#withdraw(device, [...known.metrics.values()]);
        this.#devices.delete(device);
        continue;
      }
      if (left > 0) left -= await this.#say(device, known);
    }
    return left > 0 ? idleMs : 0;
  }

  #know(device: DeviceId, metric: AnnouncedMetric): Known | undefined {
    let known = this.#devices.get(device);
    if (known === undefined) {
      if (this.#devices.size >= maxDevices) return undefined;
      known = { metrics: new Map(), newest: new Map(), isConfigDirty: true };
      this.#devices.set(device, known);
    }
    const key = keyOf(metric);
    if (known.metrics.has(key)) return known;
    if (known.metrics.size >= maxMetrics) {
      this.#options.log.warn({ device, metrics: maxMetrics }, "more metrics than are announced");
      return undefined;
    }
    known.metrics.set(key, metric);
    known.isConfigDirty = true;
    return known;
  }

  /** A checkpoint came into a block, or final: what waited for it is looked up again. */
  #unseal(_checkpoint: LiveEvent["data"]): void {
    for (const known of this.#devices.values()) {
      for (const one of known.newest.values()) {
        if (one.seal?.isFinal !== true) one.isDirty = true;
      }
    }
  }

  async #say(device: DeviceId, known: Known): Promise<number> {
    const { place, publish } = this.#options;
    let said = 0;
    if (known.isConfigDirty) {
      const payload = discoveryPayload(place, device, [...known.metrics.values()]);
      await publish(configTopic(place, device), JSON.stringify(payload));
      known.isConfigDirty = false;
      said += 1;
    }
    const due = [...known.newest.values()].filter(({ isDirty }) => isDirty);
    for (const one of due) {
      one.isDirty = false;
      try {
        await this.#sayMetric(device, one);
      } catch (error) {
        one.isDirty = true;
        throw error;
      }
      said += 1;
    }
    if (due.length > 0) {
      await this.#saySeal(device, known);
      said += 1;
    }
    return said;
  }

  async #sayMetric(device: DeviceId, one: Newest): Promise<void> {
    const { place, publish, sealOf } = this.#options;
    one.seal = await sealOf({ device, ...one });
    const payload = { value: one.value, attributes: this.#attributes(device, one) };
    await publish(stateTopic(place, device, one), JSON.stringify(payload));
  }

  async #saySeal(device: DeviceId, known: Known): Promise<void> {
    const { place, publish } = this.#options;
    const all = [...known.newest.values()];
    const waiting = all.find(({ seal }) => seal === undefined);
    const latest = waiting ?? all.reduce((a, b) => (b.timeMs > a.timeMs ? b : a));
    const payload = {
      seal: waiting === undefined ? "sealed" : "stored",
      attributes: this.#attributes(device, latest),
    };
    await publish(sealTopic(place, device), JSON.stringify(payload));
  }

  #attributes(device: DeviceId, { keyIndex, sequence, record, seal, timeMs, metric }: Newest) {
    const { url } = this.#options.place;
    return {
      seal: seal === undefined ? "stored" : "sealed",
      checkpoint: seal?.checkpoint ?? null,
      final: seal?.isFinal ?? false,
      proof:
        seal === undefined ? null : `${url}/v1/proofs/${device}/${keyIndex}/${sequence}/${record}`,
      metric,
      device,
      measured: new Date(timeMs).toISOString(),
    };
  }

  async #withdraw(device: DeviceId, metrics: readonly AnnouncedMetric[]): Promise<void> {
    const { place, publish } = this.#options;
    for (const metric of metrics) await publish(stateTopic(place, device, metric), "");
    await publish(sealTopic(place, device), "");
    // The last: while it is there, a failure above is made good at the next connection.
    await publish(configTopic(place, device), "");
  }
}
