import type { Access } from "../access/create-access.ts";
import { createBrokerAuthority } from "../broker/authority.ts";
import { startEmbeddedBroker } from "../broker/embedded-broker.ts";
import { connectExternalBroker } from "../broker/external-broker.ts";
import { createTopicRights } from "../broker/topic-rights.ts";
import type { BrokerIngest, MessageSource } from "../broker/types.ts";
import type { DeviceDirectory } from "../chain/types.ts";
import type { Settings } from "../config/read-settings.ts";
import type { Common } from "../internal/common.ts";

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
  isUp(): boolean;
  /** Cuts sessions whose login no longer stands or that lost a right. */
  recheck(): void;
};

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href.replace(/\/$/, "");
}

/** @throws PORT_IN_USE, MQTT_CONNECT, MQTT_LOGIN, BROKER_SUBSCRIPTION */
export async function startBroker(options: StartBrokerOptions): Promise<Broker> {
  const { settings, common, devices, access, ingest } = options;
  const prefix = settings.topicPrefix;
  if (settings.mqttUrl !== undefined) {
    const broker = await connectExternalBroker({
      common,
      ingest,
      url: settings.mqttUrl,
      connections: settings.mqttConnections,
      prefix,
    });
    return {
      url: withoutCredentials(settings.mqttUrl),
      isUp: () => broker.connected() > 1,
      recheck: () => {},
      publishReceipt: broker.publishReceipt,
      stop: broker.stop,
    };
  }
  const authority = createBrokerAuthority({
    authenticator: access.authenticator,
    topics: createTopicRights(devices, access.rights, prefix),
  });
  const broker = await startEmbeddedBroker({
    common,
    authority,
    ingest,
    host: settings.mqttHost,
    port: settings.mqttPort,
    prefix,
  });
  return {
    url: broker.url,
    isUp: () => true,
    recheck: broker.recheck,
    publishReceipt: broker.publishReceipt,
    stop: broker.stop,
  };
}
