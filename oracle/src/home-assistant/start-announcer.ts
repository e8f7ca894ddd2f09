import { createHash } from "node:crypto";
import { type DeviceId, FieldsealError, permissions } from "@fieldseal/sdk";
import type { AccessRights } from "../access/types.ts";
import { createLiveFeed } from "../api/live-feed.ts";
import { type KeptConnection, keepConnected } from "../broker/keep-connected.ts";
import type { DeviceDirectory, Hex } from "../chain/types.ts";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import { Announcer } from "./announcer.ts";
import { type AnnouncementPlace, configFilter, statusTopic } from "./discovery-payload.ts";
import { sealOf } from "./seal-of.ts";

export type StartAnnouncerOptions = {
  readonly common: Common;
  readonly store: Store;
  readonly devices: DeviceDirectory;
  readonly rights: AccessRights;
  readonly logId: bigint;
  /** Home Assistant's broker, with the oracle's user there. */
  readonly mqttUrl: string;
  readonly place: AnnouncementPlace;
  isRestricted(): boolean;
  /** The account on whose rights Home Assistant reads a restricted log. */
  readonly reader: Hex | undefined;
  readonly auditors: ReadonlySet<string>;
};

/** The announcer as two loops of the service. */
export type RunningAnnouncer = {
  /** Tells it what the store has taken. */
  feedStep(): Promise<number>;
  step(): Promise<number>;
  stop(): Promise<void>;
};

const retryMs = 5000;

/** What Home Assistant may know of: devices at home here whose readings its reader, or everybody, may read. */
function announceable(options: StartAnnouncerOptions): (device: DeviceId) => boolean {
  const { devices, rights, logId, reader, auditors, isRestricted } = options;
  return (device) => {
    const known = devices.lookup(device);
    if (known === undefined || known.home !== logId || known.status === "retired") return false;
    if (devices.newest(device)?.status === "retired") return false;
    if (!isRestricted()) return true;
    if (reader === undefined) return false;
    return auditors.has(reader) || rights.holds(device, reader, permissions.READ) !== undefined;
  };
}

/**
 * Announces sealed sensors to a Home Assistant. Its broker may be away, at the start too: nothing else waits for it.
 */
export async function startAnnouncer(options: StartAnnouncerOptions): Promise<RunningAnnouncer> {
  const { common, store, mqttUrl, place } = options;
  const { log } = common;
  let connection: KeptConnection | undefined;
  let isToldAway = false;

  const publish = async (topic: string, payload: string) => {
    const client = connection?.client();
    if (client === undefined)
      throw new FieldsealError("MQTT_CONNECT", "Home Assistant's broker is away.");
    await client.publishAsync(topic, payload, { qos: 1, retain: true });
  };
  const announcer = new Announcer({
    log,
    place,
    mayAnnounce: announceable(options),
    sealOf: (message) => sealOf(store.read, message),
    publish,
  });
  const feed = createLiveFeed(store, {
    clients: 1,
    publish: (event) => announcer.take(event),
  });
  await feed.begin();

  const status = statusTopic(place);
  const connect = () =>
    keepConnected({
      log,
      url: mqttUrl,
      mqttOptions: {
        protocolVersion: 4,
        will: { topic: status, payload: Buffer.from("offline"), qos: 1, retain: true },
      },
      options: { clientId: clientIdOf(place), clean: true },
      reconnect: { firstMs: 1000, maxMs: 30_000 },
      onMessage: async (topic, payload, retained) => {
        if (retained) announcer.found(topic, payload);
      },
      async onConnected(client) {
        const granted = await client
          .subscribeAsync(configFilter(place), { qos: 1 })
          .catch(() => []);
        if (granted.length === 0 || granted.some(({ qos }) => qos === 128)) {
          // Without it, what was announced before a restart cannot be taken back.
          log.error(
            { filter: configFilter(place) },
            "Home Assistant's broker grants no subscription",
          );
        }
        await client.publishAsync(status, "online", { qos: 1, retain: true });
        announcer.connected();
      },
    });

  return {
    feedStep: () => feed.step(),
    async step() {
      try {
        connection ??= await connect();
      } catch (error) {
        if (!isToldAway) log.warn({ err: error }, "Home Assistant's broker is away");
        isToldAway = true;
        return retryMs;
      }
      if (connection.client() === undefined) return retryMs;
      return announcer.step();
    },
    async stop() {
      const client = connection?.client();
      await client?.publishAsync(status, "offline", { qos: 1, retain: true }).catch(() => {});
      await connection?.stop();
    },
  };
}

function clientIdOf({ log }: AnnouncementPlace): string {
  return `fieldseal-ha-${createHash("sha256").update(log).digest("hex").slice(0, 8)}`;
}
