import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { createLoginToken, hex } from "@fieldseal/sdk";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { domain, type TestDevice } from "./fixture.ts";

export const audience = `${hex(domain)}/fieldseal`;

/** A login of a device at a time. */
export function tokenOf(
  { signer, device }: TestDevice,
  nowMs: number,
  overrides: { audience?: string; lifetimeS?: number } = {},
): Promise<string> {
  const nowS = Math.floor(nowMs / 1000);
  return createLoginToken({ signer, device, audience, nowS, lifetimeS: 3600, ...overrides });
}

/** Connects once; rejects with mqtt.js' error, whose `code` is CONNACK's. */
export async function connectClient(url: string, options: IClientOptions): Promise<MqttClient> {
  const client = connect(url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("closed")));
  }).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  // A connection that the broker cuts may end with ECONNRESET: what counts is that it ends.
  client.on("error", () => {});
  return client;
}

/** Connects as a device. */
export async function connectAs(
  url: string,
  device: TestDevice,
  nowMs: number,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const password = await tokenOf(device, nowMs);
  const { device: id } = device;
  return connectClient(url, { clientId: id, username: id, password, ...options });
}

/** Resolves when the broker ends the connection. */
export async function closed(client: MqttClient): Promise<void> {
  if (client.connected) await new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.end(true);
}

/** The next message on any topic of a client. */
export function nextMessage(client: MqttClient): Promise<{ topic: string; bytes: Buffer }> {
  return new Promise((resolve) => {
    client.once("message", (topic, bytes) => resolve({ topic, bytes }));
  });
}

/** A plain connection that says `bytes`. */
export async function rawConnection(port: number, bytes?: Uint8Array): Promise<Socket> {
  const socket = connectSocket({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  if (bytes !== undefined) socket.write(bytes);
  return socket;
}

/** Resolves when the other side has ended a plain connection. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, "close");
}
