import { readFileSync } from "node:fs";
import { FieldsealError } from "@fieldseal/sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Logger } from "pino";
import type { SourceMessage } from "./types.ts";

export type SourceOptions = {
  readonly log: Logger;
  readonly url: string;
  readonly clientId: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** File of a certificate authority. */
  readonly ca: string | undefined;
  /** Whether the broker keeps messages while this client is away. */
  readonly isLasting: boolean;
  readonly filters: readonly string[];
  /** The broker may forget the message when this resolves; if it rejects, the connection is made anew later. */
  readonly onMessage: (message: SourceMessage) => Promise<void>;
  /** Called before the first message of each connection. */
  readonly onConnected?: () => void;
  /** Called about once a second while messages are taken. */
  readonly onListening?: () => void;
};

/** A connection to the source's broker that comes back by itself, one attempt a step. */
export type SourceConnection = {
  readonly connected: boolean;
  /** Listens to more topics, now and after each reconnection. */
  subscribe(topics: readonly string[]): void;
  /** Connects if it is not. @returns milliseconds until it should be called again */
  step(): Promise<number>;
  /** Gives up an attempt under way, and waits for the message that is being taken. */
  stop(): Promise<void>;
};

/** More are not listened to: announcements, which are anybody's, ask for them. */
const maxFilters = 10_000;
const keepaliveS = 60;
const idleMs = 1000;
const maxRetryMs = 30_000;
/** Between attempts to hand over a message that could not be taken. */
const holdMs = 5000;
/** How long the broker may take to say goodbye. */
const endMs = 2000;

function loginOf({ url, user, password, ca }: SourceOptions): IClientOptions & { bare: string } {
  const bare = new URL(url);
  const username = user ?? (bare.username === "" ? undefined : decodeURIComponent(bare.username));
  const secret = password ?? (bare.password === "" ? undefined : decodeURIComponent(bare.password));
  bare.username = "";
  bare.password = "";
  return {
    bare: bare.href,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
  };
}

function opened(client: MqttClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      client.end(true);
      const reason = error.message || "no connection";
      reject(
        new FieldsealError("MQTT_CONNECT", `The source's broker: ${reason}.`, {}, { cause: error }),
      );
    };
    const onClose = () => fail(new Error("it closed the connection"));
    const onStop = () => fail(new Error("the gateway stops"));
    signal.addEventListener("abort", onStop, { once: true });
    client.on("error", fail);
    client.once("close", onClose);
    client.once("connect", () => {
      client.off("close", onClose);
      signal.removeEventListener("abort", onStop);
      resolve();
    });
  });
}

/**
 * MQTT 3.1.1 with a persistent session: what comes while the gateway is away waits at the broker, and PUBACK goes out
 * when the message is durable here.
 */
export function createSourceConnection(options: SourceOptions): SourceConnection {
  const { log, clientId, isLasting, onMessage } = options;
  const filters = new Set(options.filters);
  let current: MqttClient | undefined;
  let failures = 0;
  const stopping = new AbortController();
  let isHeldBack = false;
  let running: Promise<void> = Promise.resolve();

  const listen = async (client: MqttClient, wanted: readonly string[]) => {
    if (wanted.length === 0) return;
    const granted = await client.subscribeAsync([...wanted], { qos: 1 }).catch(() => []);
    const refused = granted.filter(({ qos }) => qos === 128).map(({ topic }) => topic);
    if (granted.length === 0)
      throw new FieldsealError("MQTT_SUBSCRIBE", "The source's broker grants nothing.");
    if (refused.length > 0)
      log.error({ topics: refused.slice(0, 10) }, "source topics not granted");
  };

  const open = async (): Promise<void> => {
    const { bare, ...login } = loginOf(options);
    const client = connect(bare, {
      ...login,
      clientId,
      protocolVersion: 4,
      clean: !isLasting,
      reconnectPeriod: 0,
      resubscribe: false,
      keepalive: keepaliveS,
      connectTimeout: 15_000,
    });
    client.once("connect", () => options.onConnected?.());
    client.handleMessage = (packet, done) => {
      const payload =
        typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
      const message: SourceMessage = {
        topic: packet.topic,
        payload: new Uint8Array(payload),
        retained: packet.retain === true,
        repeated: packet.dup === true,
        packetId: packet.messageId ?? 0,
      };
      running = onMessage(message);
      running.then(
        () => done(),
        (error: unknown) => {
          const code = error instanceof FieldsealError ? error.code : undefined;
          log.error(code === undefined ? { err: error } : { code }, "source message held back");
          isHeldBack = true;
          client.stream.destroy();
        },
      );
    };
    await opened(client, stopping.signal);
    client.on("close", () => {
      if (current !== client) return;
      current = undefined;
      client.end(true);
      if (!stopping.signal.aborted) log.warn("source's broker lost");
    });
    const onStop = () => client.end(true);
    stopping.signal.addEventListener("abort", onStop, { once: true });
    try {
      await listen(client, [...filters]);
    } catch (error) {
      client.end(true);
      throw error;
    } finally {
      stopping.signal.removeEventListener("abort", onStop);
    }
    if (stopping.signal.aborted || !client.connected) {
      client.end(true);
      return;
    }
    current = client;
    log.info("source's broker connected");
  };

  return {
    get connected() {
      return current !== undefined;
    },

    subscribe(topics) {
      const room = maxFilters - filters.size;
      const wanted = topics.filter((topic) => !filters.has(topic));
      const fresh = wanted.slice(0, Math.max(0, room));
      if (fresh.length < wanted.length)
        log.error({ code: "RELAY_ORIGINS", topics: maxFilters }, "no more topics are listened to");
      for (const topic of fresh) filters.add(topic);
      const client = current;
      if (client === undefined || fresh.length === 0) return;
      listen(client, fresh).catch((error: unknown) => {
        log.error({ err: error }, "source topics not granted");
        client.stream.destroy();
      });
    },

    async step() {
      if (isHeldBack) {
        isHeldBack = false;
        return holdMs;
      }
      if (stopping.signal.aborted || current !== undefined) {
        failures = 0;
        if (current !== undefined) options.onListening?.();
        return idleMs;
      }
      try {
        await open();
        return idleMs;
      } catch (error) {
        if (stopping.signal.aborted) return idleMs;
        failures += 1;
        log.warn(
          { code: error instanceof FieldsealError ? error.code : undefined, failures },
          error instanceof Error ? error.message : String(error),
        );
        return Math.min(maxRetryMs, 500 * 2 ** Math.min(failures, 6));
      }
    },

    async stop() {
      stopping.abort();
      const client = current;
      current = undefined;
      await running.catch(() => {});
      if (client === undefined) return;
      // It waits for what is under way, which a broker that hangs never answers.
      const timer = setTimeout(() => client.stream.destroy(), endMs);
      const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
      await Promise.race([client.endAsync(client.connected === false), gone]);
      clearTimeout(timer);
    },
  };
}
