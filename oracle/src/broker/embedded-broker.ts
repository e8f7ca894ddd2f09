import type { Duplex } from "node:stream";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type DeviceId, defaultTopicPrefix, topicsOf } from "@fieldseal/sdk";
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from "aedes";
import type { Login } from "../access/types.ts";
import { rateLimit } from "../ingest/rate-limit.ts";
import type { Common } from "../internal/common.ts";
import { loop } from "../internal/loop.ts";
import { handleUp } from "./handle-up.ts";
import { holdBack } from "./hold-back.ts";
import { startListener } from "./listener.ts";
import { guardSocket } from "./packet-guard.ts";
import { createSessionBook } from "./session-book.ts";
import type { BrokerAuthority, BrokerIngest, MessageSource } from "./types.ts";

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
  /** Clients that one account may have connected. */
  readonly accountSessions: number;
  /** Messages that a client may send to other clients: a second in the mean, and at once. */
  readonly relayRate: number;
  readonly relayBurst: number;
  /** Largest message from one client to others, bytes. */
  readonly relayBytes: number;
};

const defaultLimits: BrokerLimits = {
  connections: 20_000,
  connectionsPerAddress: 2000,
  connectMs: 10_000,
  packetBytes: 64 * 1024,
  stateBytes: 1024,
  unreadBytes: 1024 * 1024,
  overRateMs: 1000,
  accountSessions: 16,
  relayRate: 5,
  relayBurst: 50,
  relayBytes: 8 * 1024,
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
  /** Cuts sessions whose login no longer stands or that lost a right. */
  recheck(): void;
};

const connectBytes = 4 * 1024;
const recheckMs = 1000;
/** How long what is under way may take when the broker stops. */
const finishMs = 3000;

/**
 * An MQTT 3.1.1 broker in this process. A client logs in as a device or an account and reaches the topics that the
 * authority allows it. PUBACK follows ingest's durable commit. No session outlives its connection: what a
 * device has no receipt for is in its outbox, so the broker keeps nothing for it.
 * @throws FieldsealError PORT_IN_USE
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { common, authority, host = "127.0.0.1", prefix = defaultTopicPrefix } = options;
  const { log, metrics } = common;
  const limits = { ...defaultLimits, ...options.limits };
  const ending = new AbortController();
  const ingest = holdBack(options.ingest, limits.overRateMs, ending.signal);
  const book = createSessionBook(authority, prefix);
  const relays = rateLimit(limits.relayRate, limits.relayBurst);
  const clients = new Map<string, Client>();
  const logins = new WeakMap<Client, Login>();
  const connects = new WeakMap<Client, ConnectPacket>();
  /** Messages that were taken and whose receipts are not out. */
  const answering = new Set<Promise<void>>();

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
          } else if (packet?.will && !isOwnWill(login, packet.will)) {
            done(loginError(refuse("WILL_REFUSED", client)), false);
          } else if (hasTooMany(login, credentials.clientId)) {
            done(loginError(refuse("TOO_MANY_SESSIONS", client)), false);
          } else if (!client.closed) {
            // Whoever left meanwhile takes nobody's place.
            const older = clients.get(credentials.clientId);
            open(credentials.clientId, login, client);
            const admit = () => done(null, true);
            // From now on nobody would cut the older connection.
            if (older === undefined) admit();
            else older.close(admit);
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
      if (client === null || login === undefined) {
        done(new Error(refuse("TOPIC_REFUSED", client)));
        return;
      }
      const own = topicsOf(prefix, login.who);
      // The last will of a session that was cut comes after its end.
      const isOpen =
        packet.topic === own.state
          ? authority.mayPublish(login.who, packet.topic)
          : book.allows(client.id, "publish", packet.topic);
      if (!isOpen) {
        done(new Error(refuse("TOPIC_REFUSED", client)));
        return;
      }
      const payload = bytesOf(packet.payload);
      if (packet.topic === own.state) {
        done(stateFault(client, login, payload));
        return;
      }
      // Only a device's own state is kept for whoever subscribes later.
      packet.retain = false;
      if (packet.topic !== own.up) {
        done(relayFault(client, login, payload));
        return;
      }
      // What comes now is not answered: the device keeps it and sends it after the restart.
      if (ending.signal.aborted) return;
      const device = login.who;
      const answered = handleUp(ingest, {
        device,
        bytes: payload,
        retained: false,
        client: device,
      }).then(
        ({ receipt }) => {
          done(null);
          return publishReceipt(device, receipt);
        },
        (error: unknown) => {
          // Not stored: without PUBACK the device keeps the message and sends it again.
          log.error({ err: error, device }, "ingest failed");
          done(new Error("INTERNAL"));
        },
      );
      answering.add(answered);
      void answered.finally(() => answering.delete(answered));
    },

    authorizeSubscribe(client, subscription, done) {
      if (book.allows(client.id, "subscribe", subscription.topic)) {
        done(null, subscription);
      } else {
        refuse("TOPIC_REFUSED", client);
        done(null, null);
      }
    },

    authorizeForward(client, packet) {
      const login = logins.get(client);
      const isOpen = login !== undefined && authority.maySubscribe(login.who, packet.topic);
      return isOpen && reads(client) ? packet : null;
    },
  });

  function open(clientId: string, login: Login, client: Client): void {
    logins.set(client, login);
    clients.set(clientId, client);
    book.open(clientId, login, (code) => {
      log.info({ who: login.who, code }, "session cut");
      refuse(code, client);
      client.close();
    });
    metrics.brokerSessions.set(book.size);
    client.conn.once("close", () => forget(client));
  }

  function forget(client: Client): void {
    if (clients.get(client.id) !== client) return;
    clients.delete(client.id);
    book.close(client.id);
    metrics.brokerSessions.set(book.size);
  }

  function hasTooMany({ kind, who }: Login, clientId: string): boolean {
    return (
      kind === "account" && !clients.has(clientId) && book.countOf(who) >= limits.accountSessions
    );
  }

  function isOwnWill({ who }: Login, will: { topic: string; payload: unknown }): boolean {
    return (
      will.topic === topicsOf(prefix, who).state &&
      authority.mayPublish(who, will.topic) &&
      bytesOf(will.payload).length <= limits.stateBytes
    );
  }

  /** Why a device's state is not taken; a last will comes once, whatever was sent before. */
  function stateFault(client: Client, { who }: Login, payload: Uint8Array): Error | null {
    if (payload.length > limits.stateBytes) return new Error(refuse("STATE_TOO_LARGE", client));
    if (client.closed || relays.take(who, common.clock.elapsedMs())) return null;
    return new Error(refuse("RATE_LIMITED", client));
  }

  /** Why a message from one client to others goes no further. */
  function relayFault(client: Client, { who }: Login, payload: Uint8Array): Error | null {
    if (payload.length > limits.relayBytes) return new Error(refuse("MESSAGE_TOO_LARGE", client));
    if (!relays.take(who, common.clock.elapsedMs()))
      return new Error(refuse("RATE_LIMITED", client));
    return null;
  }

  /** Whether the client takes what it is sent; one that does not is cut off. */
  function reads(client: Client): boolean {
    if ((client.conn as Duplex).writableLength <= limits.unreadBytes) return true;
    refuse("RECEIPTS_UNREAD", client);
    client.conn.destroy();
    return false;
  }

  async function publishReceipt(device: DeviceId, bytes: Uint8Array): Promise<void> {
    const client = clients.get(device);
    if (client === undefined || client.closed || !reads(client)) return;
    const topic = topicsOf(prefix, device).receipt;
    broker.publish(
      { cmd: "publish", topic, payload: Buffer.from(bytes), qos: 0, retain: false, dup: false },
      () => {},
    );
    // Not until the client has read it: one that reads nothing would hold up who sends receipts.
    await nextTurn();
  }

  broker.on("clientDisconnect", forget);
  const noteError = (client: Client, error: Error) => {
    log.debug({ client: client.id, reason: error.message }, "connection broken");
  };
  broker.on("clientError", noteError);
  broker.on("connectionError", noteError);

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
      book.recheck();
      return recheckMs;
    },
    { signal: ending.signal, onError: () => recheckMs },
  );

  return {
    host,
    port,
    url: `mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`,
    recheck: () => book.recheck(),
    publishReceipt,
    async stop() {
      ending.abort();
      await rechecking.done;
      listener.refuseNew();
      await Promise.race([Promise.all(answering), delay(finishMs, undefined, { ref: false })]);
      // Receipts lie in the sockets' buffers; a turn takes them out.
      await nextTurn();
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
