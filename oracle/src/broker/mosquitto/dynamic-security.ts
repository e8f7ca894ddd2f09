import { randomBytes } from "node:crypto";
import { FieldsealError } from "@fieldseal/sdk";
import type { IClientOptions } from "mqtt";
import type { Logger } from "pino";
import { z } from "zod";
import { type KeptConnection, keepConnected } from "../keep-connected.ts";

/** A command of Mosquitto's dynamic security plugin. */
export type DynsecCommand = { readonly command: string; readonly [field: string]: unknown };

/** The answer to a command; `error` is the plugin's sentence, such as "Client not found". */
type DynsecAnswer = {
  readonly command: string;
  readonly error?: string | undefined;
  readonly data?: unknown;
};

export type DynamicSecurityOptions = {
  readonly log: Logger;
  /** With the credentials of a client that has the plugin's admin role. */
  readonly url: string;
  readonly clientId: string;
  readonly mqttOptions?: IClientOptions;
  readonly reconnect?: { readonly firstMs: number; readonly maxMs: number };
  /** Runs on each new connection before others may use it. */
  readonly onConnected?: (run: DynamicSecurity["run"]) => Promise<void>;
  /** Another topic to listen on, and what is told of its messages; retained ones are left out. */
  readonly listen?: { readonly topic: string; onMessage(): void };
};

/** Control over Mosquitto's users and roles. */
export type DynamicSecurity = {
  /**
   * Runs commands in order and answers each. A command that the plugin refuses does not stop the rest.
   * @throws BROKER_CONTROL if the broker does not answer
   */
  run(commands: readonly DynsecCommand[]): Promise<readonly DynsecAnswer[]>;
  /** Publishes by the same connection, QoS 0. @throws BROKER_CONTROL without a connection */
  publish(topic: string, payload: string): Promise<void>;
  stop(): Promise<void>;
};

type Publisher = {
  publishAsync(topic: string, payload: string, options?: { qos: 0 | 1 }): Promise<unknown>;
};

const controlTopic = "$CONTROL/dynamic-security/v1";
const responseTopic = `${controlTopic}/response`;
const answerMs = 10_000;

const responseSchema = z.object({
  responses: z.array(
    z.object({
      command: z.string(),
      correlationData: z.string().optional(),
      error: z.string().optional(),
      data: z.unknown().optional(),
    }),
  ),
});

const failure = (why: string, cause?: unknown) =>
  new FieldsealError("BROKER_CONTROL", `Mosquitto's dynamic security ${why}.`, {}, { cause });

/**
 * Connects to the control topic of Mosquitto's dynamic security plugin and comes back when the connection breaks.
 * @throws MQTT_CONNECT, BROKER_CONTROL on the first attempt
 */
export async function connectDynamicSecurity(
  options: DynamicSecurityOptions,
): Promise<DynamicSecurity> {
  const { log, url, clientId, listen, mqttOptions = {} } = options;
  const waiting = new Map<string, (answers: readonly DynsecAnswer[]) => void>();

  const onMessage = async (topic: string, payload: Uint8Array, retained: boolean) => {
    if (topic === listen?.topic && !retained) listen.onMessage();
    if (topic !== responseTopic) return;
    const parsed = responseSchema.safeParse(JSON.parse(Buffer.from(payload).toString("utf8")));
    if (!parsed.success) return;
    const { responses } = parsed.data;
    waiting.get(responses[0]?.correlationData ?? "")?.(responses);
  };

  async function runBy(client: Publisher, commands: readonly DynsecCommand[]) {
    if (commands.length === 0) return [];
    const correlationData = randomBytes(16).toString("hex");
    const { promise, resolve, reject } = Promise.withResolvers<readonly DynsecAnswer[]>();
    const timer = setTimeout(() => reject(failure("does not answer")), answerMs);
    waiting.set(correlationData, resolve);
    try {
      const request = { commands: commands.map((one) => ({ ...one, correlationData })) };
      // A connection that breaks meanwhile may never acknowledge.
      await Promise.race([
        promise,
        client.publishAsync(controlTopic, JSON.stringify(request), { qos: 1 }),
      ]);
      return await promise;
    } catch (error) {
      throw error instanceof FieldsealError ? error : failure("cannot be reached", error);
    } finally {
      clearTimeout(timer);
      waiting.delete(correlationData);
    }
  }

  const kept: KeptConnection = await keepConnected({
    log,
    url,
    mqttOptions: { ...mqttOptions, protocolVersion: 5 },
    options: { clientId, clean: true },
    reconnect: options.reconnect ?? { firstMs: 500, maxMs: 5000 },
    onMessage,
    async onConnected(client) {
      const topics = [responseTopic, ...(listen === undefined ? [] : [listen.topic])];
      await client.subscribeAsync(topics, { qos: 1 }).catch((cause: unknown) => {
        throw failure("may not be used by this user", cause);
      });
      await options.onConnected?.((commands) => runBy(client, commands));
    },
  });

  const connected = (): Publisher => {
    const client = kept.client();
    if (client === undefined) throw failure("cannot be reached");
    return client;
  };
  return {
    run: async (commands) => runBy(connected(), commands),
    async publish(topic, payload) {
      await connected().publishAsync(topic, payload);
    },
    stop: () => kept.stop(),
  };
}
