import { exchangeLogin, FieldsealError, mqttJs } from "@fieldseal/sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";

/** The broker that is tried. */
export type Target = {
  readonly url: string;
  /** The service that exchanges tokens for passwords, if this broker needs it. */
  readonly exchange: string | undefined;
  /** `aud` of login tokens. */
  readonly audience: string;
  readonly prefix: string;
};

/** What a client says of itself; `token` is the password, or what is exchanged for it. */
export type Pretence = {
  readonly clientId: string;
  readonly username?: string;
  readonly token?: string;
  readonly will?: { readonly topic: string; readonly payload: string };
};

const connectMs = 10_000;

/**
 * Connects once. Whatever the broker answers but "welcome" is undefined.
 * @throws BROKER_UNREACHABLE if there is nobody to ask
 */
async function tryConnect(url: string, options: IClientOptions): Promise<MqttClient | undefined> {
  const client = connect(url, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: connectMs,
    clean: true,
    ...options,
  });
  const { promise, resolve, reject } = Promise.withResolvers<MqttClient | undefined>();
  client.once("connect", () => resolve(client));
  client.once("close", () => resolve(undefined));
  client.on("error", (error: Error & { code?: unknown }) => {
    const isRefusal = typeof error.code === "number" || error.code === "ECONNRESET";
    if (isRefusal) return resolve(undefined);
    const message = `${new URL(url).host}: ${error.message}.`;
    reject(new FieldsealError("BROKER_UNREACHABLE", message, {}, { cause: error }));
  });
  const found = await promise.catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  if (found === undefined) client.end(true);
  return found;
}

/** Whether a pretence opens the door: at the broker itself, or by way of the exchange. */
export async function isLetIn(target: Target, pretence: Pretence): Promise<boolean> {
  const { clientId, username, token, will } = pretence;
  const client = await tryConnect(target.url, {
    clientId,
    ...(username === undefined ? {} : { username }),
    ...(token === undefined ? {} : { password: token }),
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false } }),
  });
  client?.end(true);
  if (client !== undefined) return true;
  return target.exchange !== undefined && isExchanged(target.exchange, target.url, pretence);
}

async function isExchanged(service: string, url: string, pretence: Pretence): Promise<boolean> {
  const { clientId, username = clientId, token: password = "" } = pretence;
  const login = { clientId, username, password, onMessage() {}, onClose() {} };
  const opened = await exchangeLogin(mqttJs(url), service)
    .open(login)
    .catch(() => undefined);
  await opened?.close();
  return opened !== undefined;
}

/**
 * Logs in as a device that has every right to.
 * @throws MQTT_LOGIN, MQTT_CONNECT
 */
export async function logIn(target: Target, pretence: Pretence): Promise<MqttClient> {
  const { clientId, token = "", will } = pretence;
  let login = { username: clientId, password: token };
  if (target.exchange !== undefined) {
    // Takes the password that the exchange gives on its way to the broker.
    const taker = exchangeLogin(
      {
        async open({ username, password }) {
          login = { username, password };
          return { publish: async () => {}, subscribe: async () => {}, close: async () => {} };
        },
      },
      target.exchange,
    );
    await taker.open({ clientId, ...login, onMessage() {}, onClose() {} });
  }
  const client = await tryConnect(target.url, {
    clientId,
    ...login,
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: false } }),
  });
  if (client !== undefined) return client;
  throw new FieldsealError("MQTT_LOGIN", `The broker refuses ${clientId}, which should get in.`);
}

/** Whether a subscription is granted; brokers refuse by SUBACK or by ending the connection. */
export async function isGranted(client: MqttClient, filter: string): Promise<boolean> {
  const granted = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
  return granted.some(({ qos }) => qos < 128);
}

/** Whether a message was acknowledged, which is not to say that it was passed on; else the connection ended. */
export function isAcknowledged(
  client: MqttClient,
  topic: string,
  payload: string,
  retain: boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    client.once("close", () => resolve(false));
    client.publishAsync(topic, payload, { qos: 1, retain }).then(
      () => resolve(true),
      () => resolve(false),
    );
  });
}
