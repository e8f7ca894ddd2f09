import { FieldsealError } from "@fieldseal/sdk";
import type { Access } from "../access/create-access.ts";
import { createBrokerAuthority } from "../broker/authority.ts";
import { startEmbeddedBroker } from "../broker/embedded-broker.ts";
import { connectExternalBroker, type ExternalBroker } from "../broker/external-broker.ts";
import { createTopicRights } from "../broker/topic-rights.ts";
import type { BrokerAuthority, BrokerDoors, BrokerIngest, MessageSource } from "../broker/types.ts";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Settings } from "../config/read-settings.ts";
import type { Common } from "../internal/common.ts";
import { startAskingBroker } from "./start-asking-broker.ts";
import { startMosquitto } from "./start-mosquitto.ts";
import { workerOf } from "./worker-name.ts";

export type StartBrokerOptions = {
  readonly settings: Settings;
  readonly common: Common;
  readonly devices: DeviceDirectory;
  readonly access: Access;
  readonly ingest: BrokerIngest;
};

/** The broker in use: the embedded one, or the operator's own by URL. */
export type Broker = MessageSource & {
  /** URL for devices, without the operator's credentials. */
  readonly url: string;
  /** What it, or its clients, may ask over HTTP. */
  readonly doors: BrokerDoors;
  isUp(): boolean;
  /** Connections to a broker elsewhere that are up, the one for receipts included. */
  connected?(): number;
  /**
   * Does what one process alone may do at the broker, until it is stopped.
   * @throws MQTT_CONNECT, BROKER_CONTROL
   */
  lead?(): Promise<{ stop(): Promise<void> }>;
  /** Cuts sessions whose login no longer stands or that lost a right. */
  recheck(): void;
};

/** What every start of a broker elsewhere is given. */
export type ExternalStart = {
  readonly settings: Settings;
  readonly common: Common;
  readonly authority: BrokerAuthority;
  readonly mqttUrl: string;
  /** Takes messages and sends receipts. */
  connect(): Promise<ExternalBroker>;
};

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href.replace(/\/$/, "");
}

function kindOf({ brokerKind, mqttUrl }: Settings): string {
  const kind = brokerKind ?? (mqttUrl === undefined ? "embedded" : "plain");
  if (kind === "embedded" && mqttUrl !== undefined) {
    const message = "FIELDSEAL_BROKER_KIND is embedded, but FIELDSEAL_MQTT names another broker.";
    throw new FieldsealError("SETTING_INVALID", message);
  }
  if (kind !== "embedded" && mqttUrl === undefined) {
    const message = `FIELDSEAL_MQTT is not given: the URL of the ${kind} broker.`;
    throw new FieldsealError("SETTING_MISSING", message);
  }
  return kind;
}

async function startExternal(kind: string, start: ExternalStart): Promise<Broker> {
  const url = withoutCredentials(start.mqttUrl);
  if (kind === "mosquitto") return { url, ...(await startMosquitto(start)) };
  if (kind === "rabbitmq" || kind === "emqx") {
    return { url, ...(await startAskingBroker(kind, start)) };
  }
  const { connected, publishReceipt, stop } = await start.connect();
  const recheck = () => {};
  return { url, doors: {}, isUp: () => connected() > 1, connected, recheck, publishReceipt, stop };
}

/**
 * @throws SETTING_MISSING, SETTING_INVALID, PORT_IN_USE, MQTT_CONNECT, MQTT_LOGIN, BROKER_SUBSCRIPTION, BROKER_CONTROL
 */
export async function startBroker(options: StartBrokerOptions): Promise<Broker> {
  const { settings, common, devices, access, ingest } = options;
  const { topicPrefix: prefix, mqttUrl, mqttConnections: connections } = settings;
  const kind = kindOf(settings);
  const authority = createBrokerAuthority({
    authenticator: access.authenticator,
    topics: createTopicRights(devices, access.rights, prefix),
  });
  if (mqttUrl !== undefined) {
    const name = workerOf(settings);
    const clientName =
      name === undefined ? {} : { clientName: `fieldseal-${settings.logId}-${name}` };
    const connect = () =>
      connectExternalBroker({ common, ingest, url: mqttUrl, connections, prefix, ...clientName });
    return startExternal(kind, { settings, common, authority, mqttUrl, connect });
  }
  const broker = await startEmbeddedBroker({
    common,
    authority,
    ingest,
    host: settings.mqttHost,
    port: settings.mqttPort,
    prefix,
  });
  const { url, recheck, publishReceipt, stop } = broker;
  return { url, doors: {}, isUp: () => true, recheck, publishReceipt, stop };
}
