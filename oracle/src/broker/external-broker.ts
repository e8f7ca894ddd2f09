import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type DeviceId,
  defaultTopicPrefix,
  deviceOfTopic,
  FieldsealError,
  topicsOf,
} from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import { handleUp } from "./handle-up.ts";
import { HeldMessages } from "./held-messages.ts";
import { type KeptOpen, keepOpen, type Reconnect } from "./keep-open.ts";
import {
  type Delivery,
  MqttLink,
  type MqttLinkOptions,
  maximumPacketSize,
} from "./link/mqtt-link.ts";
import { type BrokerTls, isWebSocket } from "./link/open-stream.ts";
import { probeProtocol } from "./probe-protocol.ts";
import type { BrokerIngest, MessageSource } from "./types.ts";

export type ExternalBrokerOptions = {
  readonly common: Common;
  readonly ingest: BrokerIngest;
  /** As `mqtts://user:password@host:8883`. */
  readonly url: string;
  /** Connections that share the messages; 2 if left out. A broker without MQTT 5 gets one. */
  readonly connections?: number;
  readonly prefix?: string;
  /**
   * Names this oracle towards the broker: with it the broker finds its sessions again after a restart.
   * Oracles that share one log's messages have different names and the same `group`.
   */
  readonly clientName?: string;
  /** Name of the shared subscription; "fieldseal" if left out. */
  readonly group?: string;
  readonly tls?: BrokerTls;
  /** First and longest delay before a connection is made again, and before a message that could not be stored is tried again. */
  readonly reconnect?: Reconnect;
  /** Bytes of messages without PUBACK beyond which the broker is left to hold what comes. */
  readonly heldBytes?: number;
};

export type ExternalBroker = MessageSource & {
  /** 5 with shared subscriptions, or 4 (MQTT 3.1.1) with one connection. */
  readonly protocolVersion: 4 | 5;
  /** Connections that are up, the one for receipts included. */
  connected(): number;
};

const sessionExpiryS = 24 * 3600;
/**
 * As many as MQTT counts: a device that returns with a hundred thousand messages must not stand in front of all others
 * in the broker's queue. Memory is bounded by bytes; where reading cannot be stopped, by as many of the largest packets.
 */
const receiveMaximum = 65_535;
/** How long an end waits for commits under way, so that what they hold need not come again. */
const lastAnswersMs = 2000;
const defaultHeldBytes = 128 * 1024 * 1024;
/** What a held message takes in memory beside its bytes, about. */
const heldOverhead = 512;

/** Says nothing about the message, and passes: the broker holds it meanwhile. */
const passing = new Set(["STORE_FAILED", "BUSY"]);

/**
 * Takes devices' messages from a broker elsewhere. A message has its PUBACK after ingest's durable commit, and receipts
 * go out on a connection of their own, so that one can wait without the other. Client ids are fixed and sessions
 * persistent: what arrives while a connection is down is delivered when it is back.
 *
 * Resolves when every connection is up and subscribed.
 * @throws FieldsealError MQTT_CONNECT, MQTT_LOGIN, BROKER_SUBSCRIPTION
 */
export async function connectExternalBroker(
  options: ExternalBrokerOptions,
): Promise<ExternalBroker> {
  const { common, ingest, url, prefix = defaultTopicPrefix, group = "fieldseal" } = options;
  const { clientName = nameOf(url, prefix), tls = {}, heldBytes = defaultHeldBytes } = options;
  const reconnect = options.reconnect ?? { firstMs: 500, maxMs: 30_000 };
  const { log, metrics } = common;
  const protocolVersion = await probeProtocol(url, { ...tls, clientId: `${clientName}-probe` });
  const isShared = protocolVersion === 5;
  const members = isShared ? (options.connections ?? 2) : 1;
  if (!isShared) log.warn({ url: hostOf(url) }, "broker without MQTT 5: one connection only");
  const filter = isShared ? `$share/${group}/${prefix}/+/up` : `${prefix}/+/up`;

  const ending = new AbortController();
  const link = { url, protocolVersion, tls };
  const keep = (options: MqttLinkOptions, ready: (link: MqttLink) => Promise<void>) => {
    const open = async () => {
      const opened = await MqttLink.open(options);
      try {
        await ready(opened);
      } catch (error) {
        opened.destroy();
        throw error;
      }
      return opened;
    };
    return keepOpen(open, { log, name: options.clientId, reconnect });
  };
  const mostUnderWay = isWebSocket(url)
    ? Math.max(1, Math.floor(heldBytes / maximumPacketSize / members))
    : receiveMaximum;
  const receiptsId = `${clientName}-receipts`;
  const receipts = await keep({ ...link, clientId: receiptsId, isClean: true }, async () => {});

  const sendReceipt = (topic: string, bytes: Uint8Array, settle?: () => void) => {
    const done = (isTaken: boolean) => {
      if (!isTaken) metrics.brokerRefusals.inc({ code: "RECEIPT_UNSENT" });
      settle?.();
    };
    const current = receipts.current();
    if (current === undefined) done(false);
    else current.publish(topic, bytes, done);
  };

  /** @returns the receipt, or undefined if the broker must keep the message */
  async function take(device: DeviceId, { payload, retained }: Delivery) {
    const message = { device, bytes: payload, retained, client: device };
    for (let delayMs = reconnect.firstMs; ; delayMs = Math.min(delayMs * 2, reconnect.maxMs)) {
      const { refusedFor, receipt } = await handleUp(ingest, message);
      if (refusedFor === "STOPPING") return undefined;
      if (refusedFor === undefined || !passing.has(refusedFor)) return receipt;
      await pause(delayMs, undefined, { signal: ending.signal, ref: false }).catch(() => {});
      if (ending.signal.aborted) return undefined;
    }
  }

  const pool: KeptOpen<MqttLink>[] = [];
  const reading = new Set<MqttLink>();
  const held = new HeldMessages(heldBytes, reading);

  function onDelivery(delivery: Delivery, refuse: (error: unknown) => void): void {
    const { topic, payload } = delivery;
    const device = deviceOfTopic(prefix, topic);
    if (device === undefined) {
      // A name that is no device id: nobody can be told, and it must not come again.
      metrics.brokerRefusals.inc({ code: "TOPIC_REFUSED" });
      delivery.acknowledge();
      return;
    }
    const weight = payload.length + heldOverhead;
    held.add(weight);
    take(device, delivery)
      .then((receipt) => {
        if (receipt === undefined) return;
        delivery.acknowledge();
        sendReceipt(`${topic.slice(0, -"up".length)}receipt`, receipt);
      }, refuse)
      .finally(() => held.remove(weight));
  }

  function keepMember(clientId: string): Promise<KeptOpen<MqttLink>> {
    const session = isShared ? { sessionExpiryS, receiveMaximum: mostUnderWay } : {};
    return keep(
      {
        ...link,
        ...session,
        clientId,
        isClean: false,
        onDelivery: (delivery, from) =>
          onDelivery(delivery, (error) => {
            // Unacknowledged, the message stays in the broker's session and comes again.
            log.error({ err: error, topic: delivery.topic }, "message not taken");
            from.destroy();
          }),
      },
      async (opened) => {
        const granted = await opened.subscribe(filter);
        if (granted !== 1) {
          throw new FieldsealError("BROKER_SUBSCRIPTION", `No subscription to ${filter}.`);
        }
        // From here on without a pause between: whoever is paused is also told to go on.
        reading.add(opened);
        void opened.closed.then(() => reading.delete(opened));
        if (held.isPaused) opened.pause();
      },
    );
  }

  const stop = async () => {
    ending.abort();
    for (const link of reading) link.pause();
    // What is done now must not have them read on.
    reading.clear();
    await held.idle(lastAnswersMs);
    await Promise.all(pool.map((member) => member.release()?.close()));
    await receipts.release()?.close();
  };
  try {
    for (let member = 0; member < members; member++) {
      pool.push(await keepMember(`${clientName}-${member}`));
    }
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    protocolVersion,
    connected: () => [...pool, receipts].filter((one) => one.current() !== undefined).length,
    publishReceipt: (device, bytes) =>
      new Promise((resolve) => sendReceipt(topicsOf(prefix, device).receipt, bytes, resolve)),
    stop,
  };
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** A name that is the same after every restart, and another for the log whose topics have another prefix. */
function nameOf(url: string, prefix: string): string {
  const what = prefix === defaultTopicPrefix ? hostOf(url) : `${hostOf(url)} ${prefix}`;
  const digest = createHash("sha256").update(what).digest("hex");
  return `fieldseal-oracle-${digest.slice(0, 8)}`;
}
