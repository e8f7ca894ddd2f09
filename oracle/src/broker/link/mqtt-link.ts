import type { Duplex } from "node:stream";
import { FieldsealError } from "@fieldseal/sdk";
import { generate, type IConnectPacket, type Packet, parser } from "mqtt-packet";
import { isLoginCode } from "../login-codes.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { type BrokerTls, openStream } from "./open-stream.ts";
import { packetTrimmer } from "./packet-trimmer.ts";
import { Patience } from "./patience.ts";
import { Publications } from "./publications.ts";

/** A message from the broker. */
export type Delivery = {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Whether the broker replayed it to a new subscriber. */
  readonly retained: boolean;
  /** Gives the broker its PUBACK, after those of all messages before it. Without effect once the link is closed. */
  acknowledge(): void;
};

export type MqttLinkOptions = {
  /** With user name and password where the broker wants them. */
  readonly url: string;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  /** Whether the broker forgets the session that it has under this client id. */
  readonly isClean: boolean;
  /** How long the broker keeps the session without a connection (MQTT 5), seconds. */
  readonly sessionExpiryS?: number;
  /** Messages without PUBACK that the broker may have under way here (MQTT 5). */
  readonly receiveMaximum?: number;
  /** Between two PINGREQs at most; half a keepalive if left out. */
  readonly pingMs?: number;
  readonly connectTimeoutMs?: number;
  readonly tls?: BrokerTls;
  /** Called for each message as it is read; must not throw. */
  readonly onDelivery?: (delivery: Delivery, link: MqttLink) => void;
};

/** The largest packet taken: eight messages. A broker with MQTT 5 keeps larger ones to itself. */
export const maximumPacketSize = 65_536;
/** Kept of a larger one, from a broker that takes no such limit: the longest topic, and enough to see the size. */
const trimmedBytes = 2 * 65_536;
const maxQueuedBytes = 16 * 1024 * 1024;
const maxWindow = 1024;
const closeTimeoutMs = 2000;
const keepaliveS = 60;
/** Looks, two a keepalive, at something that the broker does not answer: a whole keepalive at least. */
const mostLooks = 2;

/**
 * One MQTT connection made for many messages: all PUBLISHes of a chunk are handed on at once, PUBACKs and receipts of
 * a turn of the event loop leave in one write. For everything else there is mqtt.js.
 *
 * Deliveries are acknowledged in their order. While reading is paused the broker holds what it has, and PINGREQs go on.
 */
export class MqttLink {
  /** Settles when the connection is over, with what ended it. */
  readonly closed: Promise<Error | undefined>;
  readonly #stream: Duplex;
  readonly #acknowledgements = new Acknowledgements();
  readonly #publications: Publications;
  readonly #published = new Patience(mostLooks);
  readonly #subscribed = new Map<number, (granted: number) => void>();
  readonly #subscription = new Patience(mostLooks);
  readonly #keepalive: NodeJS.Timeout;
  readonly #onDelivery: (delivery: Delivery, link: MqttLink) => void;
  readonly #protocolVersion: 4 | 5;
  #isOpen = true;
  #isFlushing = false;
  #isAnswered = true;
  #nextSubscription = 1;

  private constructor(stream: Duplex, options: MqttLinkOptions, connack: Connack) {
    const { protocolVersion, onDelivery = () => {} } = options;
    this.#stream = stream;
    this.#protocolVersion = protocolVersion;
    this.#onDelivery = onDelivery;
    const window = Math.min(connack.receiveMaximum, maxWindow);
    const { maximumPacketSize: packetBytes } = connack;
    const limits = { window, queuedBytes: maxQueuedBytes, packetBytes };
    this.#publications = new Publications(protocolVersion, limits);
    this.closed = new Promise((resolve) => {
      let failure: Error | undefined;
      stream.on("error", (error: Error) => {
        failure = error;
      });
      stream.once("close", () => {
        this.#isOpen = false;
        clearInterval(this.#keepalive);
        this.#publications.fail();
        for (const settle of this.#subscribed.values()) settle(128);
        resolve(failure);
      });
    });
    stream.on("drain", () => this.#flushSoon());
    const { pingMs = connack.keepaliveS * 500 } = options;
    this.#keepalive = setInterval(() => this.#ping(), pingMs).unref();
  }

  /** @throws MQTT_LOGIN, MQTT_CONNECT */
  static async open(options: MqttLinkOptions): Promise<MqttLink> {
    const { url, protocolVersion, tls = {}, connectTimeoutMs = 15_000 } = options;
    const timeout = AbortSignal.timeout(connectTimeoutMs);
    let stream: Duplex | undefined;
    try {
      const opened = await openStream(url, tls, timeout);
      stream = opened;
      const packets = parser({ protocolVersion });
      packets.on("error", (error: unknown) => opened.destroy(errorOf(error)));
      const trim = packetTrimmer(trimmedBytes);
      opened.on("data", (chunk: Buffer) => {
        try {
          const bytes = trim(chunk);
          // The parser keeps every piece, empty ones too, until it has a packet.
          if (bytes.length > 0) packets.parse(bytes);
        } catch (error) {
          opened.destroy(errorOf(error));
        }
      });
      const answer = connackOf(opened, packets, timeout);
      opened.write(generate(connectPacket(options), { protocolVersion }));
      let link: MqttLink | undefined;
      const early: Packet[] = [];
      // A session's messages may come in one chunk with CONNACK.
      packets.on("packet", (packet) => {
        if (link === undefined) early.push(packet);
        else link.#take(packet);
      });
      const connack = await answer;
      if (opened.destroyed) throw new Error("The broker closed the connection.");
      link = new MqttLink(opened, options, connack);
      for (const packet of early.slice(1)) link.#take(packet);
      return link;
    } catch (error) {
      stream?.destroy();
      if (error instanceof FieldsealError) throw error;
      const message = timeout.aborted ? "The broker does not answer." : errorOf(error).message;
      throw new FieldsealError("MQTT_CONNECT", message || "No connection.", {}, { cause: error });
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Deliveries that have no PUBACK yet. */
  get unacknowledged(): number {
    return this.#acknowledgements.length;
  }

  /** @returns the granted QoS, 128 or more if it was refused */
  subscribe(topic: string): Promise<number> {
    if (!this.#isOpen) return Promise.resolve(128);
    const messageId = this.#nextSubscription++;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#subscribed.set(messageId, resolve);
    const packet: Packet = { cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 1 }] };
    this.#stream.write(generate(packet, { protocolVersion: this.#protocolVersion }));
    return promise;
  }

  /** Sends a message with QoS 1. @param done Told whether the broker took it; false if nobody knows */
  publish(topic: string, payload: Uint8Array, done?: (isTaken: boolean) => void): void {
    if (!this.#isOpen) {
      done?.(false);
      return;
    }
    this.#publications.add(topic, payload, done);
    this.#flushSoon();
  }

  /** Stops reading: what the broker sends on stays with it. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#isAnswered = true;
    this.#stream.resume();
  }

  /** Sends what is due, says goodbye and ends the connection. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#flush();
    const late = setTimeout(() => this.#stream.destroy(), closeTimeoutMs).unref();
    this.#stream.end(generate({ cmd: "disconnect" }, { protocolVersion: this.#protocolVersion }));
    this.#stream.resume();
    await this.closed;
    clearTimeout(late);
  }

  /** Ends the connection at once: what is not acknowledged comes again. */
  destroy(error?: Error): void {
    this.#stream.destroy(error);
  }

  #take(packet: Packet): void {
    this.#isAnswered = true;
    switch (packet.cmd) {
      case "publish": {
        const { topic, retain, qos, messageId = 0 } = packet;
        if (qos === 2) {
          this.destroy(new Error("The broker sent QoS 2, which nobody asked for."));
          return;
        }
        const payload =
          typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
        const done = qos === 1 ? this.#acknowledgements.take(messageId) : () => {};
        const acknowledge = () => {
          done();
          this.#flushSoon();
        };
        this.#onDelivery({ topic, payload, retained: retain, acknowledge }, this);
        return;
      }
      case "puback": {
        const isTaken = (packet.reasonCode ?? 0) < 128;
        if (this.#publications.acknowledge(packet.messageId ?? 0, isTaken)) this.#flushSoon();
        return;
      }
      case "suback": {
        const [granted = 128] = packet.granted.map(Number);
        this.#subscribed.get(packet.messageId ?? 0)?.(granted);
        this.#subscribed.delete(packet.messageId ?? 0);
        return;
      }
      case "pingresp":
        return;
      case "disconnect":
        this.destroy(new Error(`The broker ended it: reason ${packet.reasonCode ?? 0}.`));
        return;
      default:
        this.destroy(new Error(`The broker sent ${packet.cmd}, which nobody asked for.`));
    }
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#isOpen) return;
    const acknowledged = this.#acknowledgements.flush();
    if (acknowledged !== undefined) this.#stream.write(acknowledged);
    if (this.#stream.writableNeedDrain) return;
    const published = this.#publications.flush();
    if (published !== undefined) this.#stream.write(published);
  }

  /**
   * Twice a keepalive; a broker that answered nothing since the last one is gone. One that answers this but not what
   * was published or subscribed would have it wait for ever.
   */
  #ping(): void {
    const isReading = !this.#stream.isPaused();
    if (!this.#isAnswered && isReading) {
      this.destroy(new Error("The broker is silent."));
      return;
    }
    if (isReading && this.#isKeptWaiting()) {
      this.destroy(new Error("The broker leaves a packet without its answer."));
      return;
    }
    this.#isAnswered = false;
    this.#stream.write(generate({ cmd: "pingreq" }, { protocolVersion: this.#protocolVersion }));
  }

  #isKeptWaiting(): boolean {
    const [subscription] = this.#subscribed.values();
    const isPublicationDue = this.#published.isOver(this.#publications.oldest);
    return this.#subscription.isOver(subscription) || isPublicationDue;
  }
}

type Connack = {
  readonly receiveMaximum: number;
  readonly maximumPacketSize: number;
  readonly keepaliveS: number;
};

function connectPacket(options: MqttLinkOptions): IConnectPacket {
  const { url, clientId, protocolVersion, isClean, sessionExpiryS, receiveMaximum } = options;
  const { username, password } = new URL(url);
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion,
    clientId,
    clean: isClean,
    keepalive: keepaliveS,
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: Buffer.from(decodeURIComponent(password)) }),
    ...(protocolVersion === 4
      ? {}
      : {
          properties: {
            maximumPacketSize,
            ...(sessionExpiryS === undefined ? {} : { sessionExpiryInterval: sessionExpiryS }),
            ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
          },
        }),
  };
}

function connackOf(
  stream: Duplex,
  packets: ReturnType<typeof parser>,
  timeout: AbortSignal,
): Promise<Connack> {
  return new Promise((resolve, reject) => {
    timeout.addEventListener("abort", () => reject(new Error("The broker does not answer.")), {
      once: true,
    });
    stream.once("error", reject);
    stream.once("close", () => reject(new Error("The broker closed the connection.")));
    packets.once("packet", (packet: Packet) => {
      if (packet.cmd !== "connack")
        return reject(new Error(`The broker sent ${packet.cmd} first.`));
      const code = packet.reasonCode ?? packet.returnCode ?? 0;
      if (code === 0) {
        const { receiveMaximum = 65_535, maximumPacketSize = Number.POSITIVE_INFINITY } =
          packet.properties ?? {};
        // Protocol errors, MQTT 5 sections 3.2.2.3.3 and 3.2.2.3.6; nothing could ever be sent.
        if (receiveMaximum === 0 || maximumPacketSize === 0) {
          return reject(new Error("The broker takes no message at all."));
        }
        // A broker that asks for no or for rare packets is still asked whether it is there.
        const asked = packet.properties?.serverKeepAlive ?? 0;
        const shorter = asked === 0 ? keepaliveS : Math.min(asked, keepaliveS);
        return resolve({ receiveMaximum, maximumPacketSize, keepaliveS: shorter });
      }
      if (!isLoginCode(code)) return reject(new Error(`The broker refused it: reason ${code}.`));
      reject(new FieldsealError("MQTT_LOGIN", "The broker refused the login.", { code }));
    });
  });
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
