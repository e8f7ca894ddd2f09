import { utf8 } from "../bytes/arrays.ts";
import { hex } from "../bytes/hex.ts";
import { createLoginToken } from "../login/login-token.ts";
import type { DeviceTopics } from "../topics/topics-of.ts";
import type { DeviceId, Signer } from "../types.ts";
import type { DeviceClock, DeviceCommands, MqttConnection, MqttLike } from "./ports.ts";

export type DeviceLinkOptions = {
  readonly device: DeviceId;
  readonly signer: Signer;
  readonly domain: Uint8Array;
  readonly authority: string;
  readonly topics: DeviceTopics;
  readonly tokenLifeS: number;
  readonly mqtt: MqttLike;
  readonly clock: DeviceClock;
  readonly commands: DeviceCommands | undefined;
  /** Aborts when the connection is no longer wanted. */
  readonly signal: AbortSignal;
  onReceipt(bytes: Uint8Array): void;
  onClose(): void;
};

/** A connection of a device, and when its login must be renewed. */
export type DeviceLink = { readonly connection: MqttConnection; readonly renewMs: number };

const offline = utf8('{"online":false}');

/** What a device that is online states: that, and the challenge for commands if it has one. */
export function onlineState(commands: DeviceCommands | undefined): Uint8Array {
  return utf8(JSON.stringify({ online: true, challenge: commands?.challenge() }));
}

/**
 * Connects with a login made for this very attempt, since the last one may have expired meanwhile,
 * subscribes to receipts and commands and states that the device is online; the will states the opposite.
 * @throws MQTT_CONNECT, MQTT_LOGIN, MQTT_SUBSCRIBE, LOGIN_LIFETIME
 */
export async function openDeviceLink(options: DeviceLinkOptions): Promise<DeviceLink> {
  const { device, signer, domain, authority, topics, tokenLifeS } = options;
  const { mqtt, clock, commands, signal } = options;
  const nowMs = clock.nowMs();
  const password = await createLoginToken({
    signer,
    device,
    audience: `${hex(domain)}/${authority}`,
    nowS: Math.floor(nowMs / 1000),
    lifetimeS: tokenLifeS,
  });
  const connection = await mqtt.open({
    clientId: device,
    username: device,
    password,
    will: { topic: topics.state, payload: offline },
    signal,
    onMessage: (topic, payload) => {
      if (topic === topics.receipt) options.onReceipt(payload);
      if (topic === topics.command) commands?.onCommand(payload);
    },
    onClose: () => options.onClose(),
  });
  // A broker that answers nothing any more would keep the requests below waiting.
  const giveUp = () => {
    connection.close().catch(() => {});
  };
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    signal.throwIfAborted();
    await connection.subscribe(topics.receipt);
    if (commands !== undefined) await connection.subscribe(topics.command);
    await connection.publish(topics.state, onlineState(commands), { qos: 1, retain: true });
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  const marginMs = Math.min(60_000, tokenLifeS * 100);
  return { connection, renewMs: nowMs + tokenLifeS * 1000 - marginMs };
}
