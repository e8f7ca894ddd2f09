import { FieldsealError } from "@fieldseal/sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Logger } from "pino";
import { keepOpen, type Reconnect } from "./keep-open.ts";

export type KeepConnectedOptions = {
  readonly log: Logger;
  readonly url: string;
  readonly mqttOptions: IClientOptions;
  readonly options: IClientOptions;
  readonly reconnect: Reconnect;
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
  const open = async () => {
    const client = newClient(kept);
    await connected(client);
    const closed = new Promise<void>((resolve) => client.once("close", resolve));
    const destroy = () => void client.end(true);
    void closed.then(destroy);
    try {
      await kept.onConnected?.(client);
    } catch (error) {
      destroy();
      throw error;
    }
    if (!client.connected) {
      destroy();
      throw new FieldsealError("MQTT_CONNECT", "The connection broke at once.");
    }
    return { client, closed, destroy };
  };
  const name = kept.options.clientId ?? "";
  const { current, release } = await keepOpen(open, { log, name, reconnect });
  return {
    client: () => current()?.client,
    async stop() {
      const last = release()?.client;
      await last?.endAsync(last.connected === false);
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
