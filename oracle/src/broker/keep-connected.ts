import { FieldsealError } from "@fieldseal/sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Logger } from "pino";

export type KeepConnectedOptions = {
  readonly log: Logger;
  readonly url: string;
  readonly mqttOptions: IClientOptions;
  readonly options: IClientOptions;
  readonly reconnect: { readonly firstMs: number; readonly maxMs: number };
  /** The broker gets its PUBACK when this resolves; if it rejects the connection is made anew. */
  readonly onMessage?: (topic: string, payload: Uint8Array, retained: boolean) => Promise<void>;
  /** Runs on each new connection before it counts as up. */
  readonly onConnected?: (client: MqttClient) => Promise<void>;
};

export type KeptConnection = {
  /** The client while it is connected. */
  client(): MqttClient | undefined;
  stop(): Promise<void>;
};

// Larger than any commit takes: a handler slower than 1.5 keepalives ends the connection.
const keepaliveS = 60;

/**
 * A connection that comes back, with growing delays, on a fresh mqtt.js client each time: a handler
 * still at work for the old one cannot acknowledge on the new.
 * @throws the first attempt's error
 */
export async function keepConnected(kept: KeepConnectedOptions): Promise<KeptConnection> {
  const { log, reconnect } = kept;
  const { clientId } = kept.options;
  let current: MqttClient | undefined;
  let stopped = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    const client = newClient(kept);
    await connected(client);
    const onBroken = () => {
      if (current !== client) return;
      current = undefined;
      client.end(true);
      if (!stopped) retryLater();
    };
    client.on("close", onBroken);
    try {
      await kept.onConnected?.(client);
    } catch (error) {
      client.end(true);
      throw error;
    }
    if (stopped || !client.connected) {
      client.end(true);
      if (!stopped) throw new FieldsealError("MQTT_CONNECT", "The connection broke at once.");
      return;
    }
    current = client;
    failures = 0;
  };

  const retryLater = () => {
    const delayMs = Math.min(reconnect.maxMs, reconnect.firstMs * 2 ** Math.min(failures, 20));
    failures += 1;
    log.warn({ clientId, delayMs }, "broker connection lost");
    timer = setTimeout(() => {
      open().catch((error: unknown) => {
        log.warn({ clientId, err: error }, "broker connection failed");
        if (!stopped) retryLater();
      });
    }, delayMs);
  };

  await open();
  return {
    client: () => current,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const client = current;
      current = undefined;
      await client?.endAsync(client.connected === false);
    },
  };
}

function newClient({
  url,
  mqttOptions,
  options,
  onMessage,
  log,
}: KeepConnectedOptions): MqttClient {
  const client = connect(url, {
    ...mqttOptions,
    ...options,
    reconnectPeriod: 0,
    resubscribe: false,
    keepalive: keepaliveS,
    connectTimeout: 15_000,
  });
  client.handleMessage = (packet, done) => {
    if (onMessage === undefined) return done();
    const payload =
      typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    onMessage(packet.topic, payload, packet.retain === true).then(
      () => done(),
      (error: unknown) => {
        // Unacknowledged, the message stays in the broker's session and comes again.
        log.error({ err: error, topic: packet.topic }, "message not taken");
        client.stream.destroy();
      },
    );
  };
  return client;
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      client.end(true);
      reject(
        new FieldsealError("MQTT_CONNECT", error.message || "No connection.", {}, { cause: error }),
      );
    };
    const failOnClose = () => fail(new Error("The broker closed the connection."));
    client.on("error", fail);
    client.once("close", failOnClose);
    client.once("connect", () => {
      client.off("close", failOnClose);
      resolve();
    });
  });
}
