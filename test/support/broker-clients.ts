import { randomBytes } from "node:crypto";
import { createLoginToken, hex, signMessage } from "@fieldseal/sdk";
import type { IClientOptions, MqttClient } from "mqtt";
import { connectClient } from "../oracle/broker/clients.ts";
import type { TestDeployment } from "./deployment.ts";
import type { TestDevice } from "./registry-actions.ts";

/** Bare MQTT clients of a deployment's devices at one broker. */
export function brokerClients({ domain }: TestDeployment, url: string) {
  const open: MqttClient[] = [];
  let sequence = 7_000n << 32n;
  const connect = async (options: IClientOptions): Promise<MqttClient> => {
    const client = await connectClient(url, { connectTimeout: 10_000, ...options });
    open.push(client);
    return client;
  };
  const token = ({ id, signer }: TestDevice, ageS = 0) =>
    createLoginToken({
      signer,
      device: id,
      audience: `${hex(domain)}/fieldseal`,
      nowS: Math.floor(Date.now() / 1000) - ageS,
      lifetimeS: 600,
    });
  return {
    connect,
    token,
    /** Logs in as the device with its token. */
    async login(device: TestDevice, options: IClientOptions = {}): Promise<MqttClient> {
      const { id } = device;
      return connect({ clientId: id, username: id, password: await token(device), ...options });
    },
    /** Whether a login is let in; a client that is, is disconnected again. */
    async isLetIn(options: IClientOptions): Promise<boolean> {
      return connect(options).then(
        (client) => {
          client.end(true);
          return true;
        },
        () => false,
      );
    },
    /** Whether a subscription is granted; brokers refuse by SUBACK or by ending the connection. */
    async isGranted(client: MqttClient, filter: string): Promise<boolean> {
      const granted = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
      return granted.some(({ qos }) => qos < 128);
    },
    /** Bytes that the device signed. */
    async message({ id, signer }: TestDevice): Promise<Buffer> {
      sequence += 1n;
      const readings = [{ name: "temperature", unit: "Cel", value: 21.5 }];
      const facts = { signer, device: id, keyIndex: 0, sequence, domain };
      return (await signMessage({ ...facts, readings, salt: randomBytes(16) })).bytes as Buffer;
    },
    end() {
      for (const client of open.splice(0)) client.end(true);
    },
  };
}

/** Resolves at the next message on a client's subscriptions. */
export function heard(client: MqttClient): Promise<{ topic: string; bytes: Buffer }> {
  return new Promise((resolve) => {
    client.once("message", (topic, bytes) => resolve({ topic, bytes }));
  });
}
