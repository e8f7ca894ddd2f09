import { connect, type MqttClient } from "mqtt";
import { until } from "./until.ts";

/** A client of somebody's own choosing, that is not the SDK's: it connects once and never again. */
export type PlainClient = {
  readonly client: MqttClient;
  /** Topics and bytes that came, oldest first. */
  readonly messages: { readonly topic: string; readonly bytes: Buffer }[];
  /** Whether the subscription was granted. */
  subscribe(topic: string): Promise<boolean>;
  /** Resolves when the broker has ended the connection; rejects after ten seconds. */
  cut(): Promise<void>;
  end(): void;
};

/** @throws mqtt.js' error, whose `code` is CONNACK's */
export async function plainClient(
  url: string,
  { who, password, clientId = who }: { who: string; password: string; clientId?: string },
): Promise<PlainClient> {
  const options = { clientId, username: who, password, protocolVersion: 4, reconnectPeriod: 0 };
  const client = connect(url, { ...options, protocolVersion: 4 });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  }).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  client.on("error", () => {});
  const messages: { topic: string; bytes: Buffer }[] = [];
  client.on("message", (topic, bytes) => messages.push({ topic, bytes }));
  return {
    client,
    messages,
    async subscribe(topic) {
      const answers = await client.subscribeAsync(topic, { qos: 1 }).catch(() => []);
      return answers.length > 0 && answers.every(({ qos }) => qos < 128);
    },
    cut: async () => {
      await until("the cut", () => !client.connected, 10_000);
      client.end(true);
    },
    end: () => {
      client.end(true);
    },
  };
}
