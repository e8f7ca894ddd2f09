import { createHash } from "node:crypto";
import {
  type DeviceId,
  defaultTopicPrefix,
  deviceOfTopic,
  FieldsealError,
  topicsOf,
} from "@fieldseal/sdk";
import type { IClientOptions } from "mqtt";
import type { Common } from "../internal/common.ts";
import { handleUp } from "./handle-up.ts";
import { type KeptConnection, keepConnected } from "./keep-connected.ts";
import { probeProtocol } from "./probe-protocol.ts";
import type { BrokerIngest, MessageSource } from "./types.ts";

export type ExternalBrokerOptions = {
  readonly common: Common;
  readonly ingest: BrokerIngest;
  /** As `mqtts://user:password@host:8883`. */
  readonly url: string;
  /** Connections that share the messages; 8 if left out. A broker without MQTT 5 gets one. */
  readonly connections?: number;
  readonly prefix?: string;
  /**
   * Names this oracle towards the broker: with it the broker finds its sessions again after a restart.
   * Oracles that share one log's messages have different names and the same `group`.
   */
  readonly clientName?: string;
  /** Name of the shared subscription; "fieldseal" if left out. */
  readonly group?: string;
  /** TLS material and the like, passed to mqtt.js. */
  readonly mqttOptions?: IClientOptions;
  /** First and longest delay before a connection is made again, milliseconds. */
  readonly reconnect?: { readonly firstMs: number; readonly maxMs: number };
};

export type ExternalBroker = MessageSource & {
  /** 5 with shared subscriptions, or 4 (MQTT 3.1.1) with one connection. */
  readonly protocolVersion: 4 | 5;
  /** Connections that are up, the one for receipts included. */
  connected(): number;
};

const sessionExpiryS = 24 * 3600;
const receiveMaximum = 64;

/**
 * Takes devices' messages from a broker elsewhere. PUBACK goes out where mqtt.js awaits it, after
 * ingest's durable commit; receipts go out on a connection of their own, for one that waits for its
 * handler cannot publish. Client ids are fixed and sessions persistent: what arrives while a
 * connection is down is delivered when it is back.
 *
 * Resolves when every connection is up and subscribed.
 * @throws FieldsealError MQTT_CONNECT, MQTT_LOGIN, BROKER_SUBSCRIPTION
 */
export async function connectExternalBroker(
  options: ExternalBrokerOptions,
): Promise<ExternalBroker> {
  const { common, ingest, url, prefix = defaultTopicPrefix, group = "fieldseal" } = options;
  const { clientName = nameOf(url), mqttOptions = {} } = options;
  const reconnect = options.reconnect ?? { firstMs: 500, maxMs: 30_000 };
  const { log, metrics } = common;
  const protocolVersion = await probeProtocol(url, {
    ...mqttOptions,
    clientId: `${clientName}-probe`,
  });
  const isShared = protocolVersion === 5;
  const members = isShared ? (options.connections ?? 8) : 1;
  if (!isShared) log.warn({ url: hostOf(url) }, "broker without MQTT 5: one connection only");
  const filter = isShared ? `$share/${group}/${prefix}/+/up` : `${prefix}/+/up`;

  const shared = { log, url, reconnect, mqttOptions: { ...mqttOptions, protocolVersion } };
  const receipts = await keepConnected({
    ...shared,
    options: { clientId: `${clientName}-receipts`, clean: true },
  });

  async function publishReceipt(device: DeviceId, bytes: Uint8Array): Promise<void> {
    const client = receipts.client();
    if (client === undefined) {
      metrics.brokerRefusals.inc({ code: "RECEIPT_UNSENT" });
      return;
    }
    const topic = topicsOf(prefix, device).receipt;
    await client
      .publishAsync(topic, Buffer.from(bytes), { qos: 1 })
      .catch(() => metrics.brokerRefusals.inc({ code: "RECEIPT_UNSENT" }));
  }

  async function onMessage(topic: string, bytes: Uint8Array, retained: boolean): Promise<void> {
    const device = deviceOfTopic(prefix, topic);
    if (device === undefined) {
      // A name that is no device id: nobody can be told, and it must not come again.
      metrics.brokerRefusals.inc({ code: "TOPIC_REFUSED" });
      return;
    }
    const receipt = await handleUp(ingest, { device, bytes, retained, client: device });
    void publishReceipt(device, receipt);
  }

  const pool: KeptConnection[] = [];
  const stop = async () => {
    await Promise.all(pool.map((member) => member.stop()));
    await receipts.stop();
  };
  try {
    for (let member = 0; member < members; member++) {
      const clientId = `${clientName}-${member}`;
      const session = isShared ? { sessionExpiryInterval: sessionExpiryS, receiveMaximum } : {};
      pool.push(
        await keepConnected({
          ...shared,
          options: { clientId, clean: false, properties: session },
          onMessage,
          async onConnected(client) {
            const granted = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
            if (granted.length === 0 || granted.some(({ qos }) => qos !== 1)) {
              throw new FieldsealError("BROKER_SUBSCRIPTION", `No subscription to ${filter}.`);
            }
          },
        }),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    protocolVersion,
    connected: () => [...pool, receipts].filter((one) => one.client() !== undefined).length,
    publishReceipt,
    stop,
  };
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** A name that is the same after every restart against the same broker. */
function nameOf(url: string): string {
  const digest = createHash("sha256").update(hostOf(url)).digest("hex");
  return `fieldseal-oracle-${digest.slice(0, 8)}`;
}
