import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type DeviceId, defaultTopicPrefix, topicsOf } from "@fieldseal/sdk";
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from "aedes";
import type { Common } from "../internal/common.ts";
import { loop } from "../internal/loop.ts";
import { handleUp } from "./handle-up.ts";
import { holdBack } from "./hold-back.ts";
import { startListener } from "./listener.ts";
import { guardSocket } from "./packet-guard.ts";
import type { BrokerAuthority, BrokerIngest, Login, MessageSource } from "./types.ts";

export type BrokerLimits = {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** From the connection to a complete CONNECT, milliseconds. */
  readonly connectMs: number;
  /** Largest packet after CONNECT, bytes; a message over 8 KiB in it is refused with its code. */
  readonly packetBytes: number;
  /** Largest state or will, bytes. */
  readonly stateBytes: number;
  /** Receipts that a client may leave unread, bytes; more cut it off. */
  readonly unreadBytes: number;
  /** How long a client that sends beyond its share waits for each acknowledgement, milliseconds. */
  readonly overRateMs: number;
};

const defaultLimits: BrokerLimits = {
  connections: 20_000,
  connectionsPerAddress: 2000,
  connectMs: 10_000,
  packetBytes: 64 * 1024,
  stateBytes: 1024,
  unreadBytes: 1024 * 1024,
  overRateMs: 1000,
};

export type EmbeddedBrokerOptions = {
  readonly common: Common;
  readonly authority: BrokerAuthority;
  readonly ingest: BrokerIngest;
  /** 127.0.0.1 if left out. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly prefix?: string;
  readonly limits?: Partial<BrokerLimits>;
};

export type EmbeddedBroker = MessageSource & {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Cuts sessions whose login no longer stands; of one device, or of all. */
  recheck(device?: DeviceId): void;
};

type Session = { readonly login: Login; readonly client: Client };

const connectBytes = 4 * 1024;
const recheckMs = 1000;

/**
 * An MQTT 3.1.1 broker in this process. A client logs in as its device and reaches that device's own
 * topics only. PUBACK follows ingest's durable commit. No session outlives its connection: what a
 * device has no receipt for is in its outbox, so the broker keeps nothing for it.
 * @throws FieldsealError PORT_IN_USE
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { common, authority, host = "127.0.0.1", prefix = defaultTopicPrefix } = options;
  const { log, metrics } = common;
  const limits = { ...defaultLimits, ...options.limits };
  const ending = new AbortController();
  const ingest = holdBack(options.ingest, limits.overRateMs, ending.signal);
  const sessions = new Map<DeviceId, Session>();
  const logins = new WeakMap<Client, Login>();
  const connects = new WeakMap<Client, ConnectPacket>();

  const refuse = (code: string, client: Client | null): string => {
    metrics.brokerRefusals.inc({ code });
    log.debug({ code, client: client?.id }, "broker refusal");
    return code;
  };

  const broker = await Aedes.createBroker({
    // Unlimited: otherwise a hundred clients that read nothing would hold up everybody's receipts.
    concurrency: 0,
    connectTimeout: limits.connectMs,
    drainTimeout: 10_000,
    maxInflightInbound: 16,
    maxTopicLevels: 16,

    preConnect(client, packet, done) {
      packet.clean = true;
      connects.set(client, packet);
      done(null, true);
    },

    authenticate(client, username, password, done) {
      const packet = connects.get(client);
      const credentials = {
        clientId: packet?.clientId ?? "",
        username,
        password: password?.toString("utf8"),
      };
      authority.login(credentials).then(
        (login) => {
          if ("refused" in login) {
            done(loginError(refuse(login.refused, client)), false);
          } else if (packet?.will && !isOwnWill(login.device, packet.will)) {
            done(loginError(refuse("WILL_REFUSED", client)), false);
          } else {
            logins.set(client, login);
            sessions.set(login.device, { login, client });
            metrics.brokerSessions.set(sessions.size);
            done(null, true);
          }
        },
        (error: unknown) => {
          log.error({ err: error }, "login failed");
          done(loginError("INTERNAL", 3), false);
        },
      );
    },

    authorizePublish(client, packet, done) {
      const login = client === null ? undefined : logins.get(client);
      if (
        client === null ||
        login === undefined ||
        !authority.mayPublish(login.device, packet.topic)
      ) {
        done(new Error(refuse("TOPIC_REFUSED", client)));
        return;
      }
      const { device } = login;
      const payload = bytesOf(packet.payload);
      if (packet.topic !== topicsOf(prefix, device).up) {
        const isTooLarge = payload.length > limits.stateBytes;
        done(isTooLarge ? new Error(refuse("STATE_TOO_LARGE", client)) : null);
        return;
      }
      packet.retain = false;
      handleUp(ingest, { device, bytes: payload, retained: false, client: device }).then(
        (receipt) => {
          done(null);
          void publishReceipt(device, receipt);
        },
        (error: unknown) => {
          // Not stored: without PUBACK the device keeps the message and sends it again.
          log.error({ err: error, device }, "ingest failed");
          done(new Error("INTERNAL"));
        },
      );
    },

    authorizeSubscribe(client, subscription, done) {
      const login = logins.get(client);
      if (login !== undefined && authority.maySubscribe(login.device, subscription.topic)) {
        done(null, subscription);
      } else {
        refuse("TOPIC_REFUSED", client);
        done(null, null);
      }
    },

    authorizeForward(client, packet) {
      const login = logins.get(client);
      const isOwn = login !== undefined && authority.maySubscribe(login.device, packet.topic);
      return isOwn ? packet : null;
    },
  });

  function isOwnWill(device: DeviceId, will: { topic: string; payload: unknown }): boolean {
    return (
      will.topic === topicsOf(prefix, device).state &&
      authority.mayPublish(device, will.topic) &&
      bytesOf(will.payload).length <= limits.stateBytes
    );
  }

  async function publishReceipt(device: DeviceId, bytes: Uint8Array): Promise<void> {
    const client = sessions.get(device)?.client;
    if (client === undefined || client.closed) return;
    if ((client.conn as Duplex).writableLength > limits.unreadBytes) {
      refuse("RECEIPTS_UNREAD", client);
      client.conn.destroy();
      return;
    }
    const topic = topicsOf(prefix, device).receipt;
    broker.publish(
      { cmd: "publish", topic, payload: Buffer.from(bytes), qos: 0, retain: false, dup: false },
      () => {},
    );
    // Not until the client has read it: one that reads nothing would hold up who sends receipts.
    await nextTurn();
  }

  broker.on("clientDisconnect", (client) => {
    const login = logins.get(client);
    if (login === undefined || sessions.get(login.device)?.client !== client) return;
    sessions.delete(login.device);
    metrics.brokerSessions.set(sessions.size);
  });
  const noteError = (client: Client, error: Error) => {
    log.debug({ client: client.id, reason: error.message }, "connection broken");
  };
  broker.on("clientError", noteError);
  broker.on("connectionError", noteError);

  const recheckSession = ({ login, client }: Session) => {
    const objection = authority.objection(login);
    if (objection === undefined) return;
    log.info({ device: login.device, code: objection }, "session cut");
    refuse(objection, client);
    client.close();
  };
  const recheck = (device?: DeviceId) => {
    if (device === undefined) {
      for (const session of sessions.values()) recheckSession(session);
    } else {
      const session = sessions.get(device);
      if (session !== undefined) recheckSession(session);
    }
  };

  const guard = { connectBytes, packetBytes: limits.packetBytes };
  const listener = await startListener({
    host,
    port: options.port,
    connections: limits.connections,
    connectionsPerAddress: limits.connectionsPerAddress,
    onConnection: (socket) => broker.handle(guardSocket(socket, guard)),
    onRefused: () => refuse("TOO_MANY_CONNECTIONS", null),
    onError: (error) => log.warn({ err: error }, "broker listener"),
  }).catch((error: unknown) => {
    broker.close();
    throw error;
  });
  const { port } = listener;

  const rechecking = loop(
    async () => {
      recheck();
      return recheckMs;
    },
    { signal: ending.signal, onError: () => recheckMs },
  );

  return {
    host,
    port,
    url: `mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`,
    recheck,
    publishReceipt,
    async stop() {
      ending.abort();
      await rechecking.done;
      listener.refuseNew();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await listener.stop();
    },
  };
}

function loginError(
  code: string,
  returnCode = code.startsWith("LOGIN_") ? 4 : 5,
): AuthenticateError {
  return Object.assign(new Error(code), { returnCode }) as AuthenticateError;
}

function bytesOf(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  return typeof payload === "string" ? Buffer.from(payload) : new Uint8Array(0);
}
