import type { IClientOptions, MqttClient } from "mqtt";
import { sdkError } from "../errors/sdk-error.ts";
import type { MqttConnection, MqttLike, MqttOpenOptions } from "./ports.ts";

export type MqttJsOptions = {
  /** Seconds between signs of life; 30 if left out. */
  readonly keepaliveS?: number;
  /** Longest wait for the broker's answer to CONNECT, milliseconds; 15,000 if left out. */
  readonly connectTimeoutMs?: number;
  /** TLS material and the like, passed to mqtt.js. */
  readonly extra?: IClientOptions;
};

const closeMs = 2000;

// CONNACK return codes 2 (client id), 4 (user name or password), 5 (not authorised) of MQTT 3.1.1.
const loginCodes = new Set([2, 4, 5]);

/**
 * {@link MqttLike} over mqtt.js: MQTT 3.1.1, a clean session for each attempt, `mqtt://` and `mqtts://`
 * in Node, `ws://` and `wss://` everywhere. The library is loaded at the first attempt.
 * @param url With a user name in it, for a broker that has users of its own, it takes the place of the login token
 */
export function mqttJs(url: string, options: MqttJsOptions = {}): MqttLike {
  return {
    async open(open) {
      const { connect } = await import("mqtt");
      const { bare, login } = splitLogin(url);
      const client = connect(bare, {
        ...options.extra,
        protocolVersion: 4,
        clean: true,
        reconnectPeriod: 0,
        resubscribe: false,
        keepalive: options.keepaliveS ?? 30,
        connectTimeout: options.connectTimeoutMs ?? 15_000,
        clientId: open.clientId,
        ...(login ?? { username: open.username, password: open.password }),
        ...willOf(open),
      });
      await connected(client, open.signal);
      return connection(client, open);
    },
  };
}

/** Taken out of the URL here: mqtt.js would split it at the first colon after decoding. */
function splitLogin(url: string) {
  const bare = new URL(url);
  const { username, password } = bare;
  if (username === "") return { bare: url, login: undefined };
  bare.username = "";
  bare.password = "";
  const login = {
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  return { bare: bare.href, login };
}

function willOf({ will }: MqttOpenOptions): Pick<IClientOptions, "will"> {
  if (will === undefined) return {};
  const payload = will.payload as Buffer;
  return { will: { topic: will.topic, payload, qos: 1, retain: true } };
}

function connected(client: MqttClient, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: unknown }) => {
      client.end(true);
      const isLogin = typeof error.code === "number" && loginCodes.has(error.code);
      reject(
        isLogin
          ? sdkError("MQTT_LOGIN", "The broker refused the login.", { connack: error.code }, error)
          : sdkError("MQTT_CONNECT", error.message || "No connection.", {}, error),
      );
    };
    const failOnClose = () => fail(new Error("The broker closed the connection."));
    const failOnAbort = () => fail(new Error("No longer wanted."));
    if (signal?.aborted) failOnAbort();
    signal?.addEventListener("abort", failOnAbort, { once: true });
    client.on("error", fail);
    client.once("close", failOnClose);
    client.once("connect", () => {
      client.off("close", failOnClose);
      signal?.removeEventListener("abort", failOnAbort);
      resolve();
    });
  });
}

function connection(client: MqttClient, open: MqttOpenOptions): MqttConnection {
  let ended = false;
  client.on("message", (topic, payload) => open.onMessage(topic, payload));
  client.on("close", () => {
    if (ended) return;
    ended = true;
    client.end(true);
    open.onClose();
  });
  return {
    async publish(topic, payload, { qos, retain }) {
      await client.publishAsync(topic, payload as Buffer, { qos, retain });
    },
    async subscribe(topic) {
      const granted = await client.subscribeAsync(topic, { qos: 1 }).catch((cause: unknown) => {
        throw sdkError("MQTT_SUBSCRIBE", `No subscription to ${topic}.`, { topic }, cause);
      });
      if (granted.some(({ qos }) => qos === 128)) {
        throw sdkError("MQTT_SUBSCRIBE", `No subscription to ${topic}.`, { topic });
      }
    },
    async close() {
      // It waits for what is under way, which a broker that hangs never answers.
      const timer = setTimeout(() => client.stream.destroy(), closeMs);
      const gone = new Promise<void>((resolve) => client.once("close", () => resolve()));
      await Promise.race([client.endAsync(client.connected === false), gone]);
      clearTimeout(timer);
    },
  };
}
