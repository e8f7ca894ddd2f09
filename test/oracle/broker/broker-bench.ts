import { signMessage, topicsOf } from "@fieldseal/sdk";
import type { MqttClient } from "mqtt";
import {
  type BrokerLimits,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import { testAuthority } from "../access/fixture.ts";
import { audience, connectAs } from "./clients.ts";
import {
  domain,
  newDevice,
  type TestDevice,
  testCommon,
  testDirectory,
  testIngest,
} from "./fixture.ts";

export let common: ReturnType<typeof testCommon>;
export let directory: ReturnType<typeof testDirectory>;
export let ingest: ReturnType<typeof testIngest>;
export let broker: EmbeddedBroker;
export let device: TestDevice;
export const clients: MqttClient[] = [];

export async function start(limits: Partial<BrokerLimits> = {}) {
  const { clock } = common;
  const authority = testAuthority({ devices: directory, clock, audience });
  broker = await startEmbeddedBroker({ common, authority, ingest, port: 0, limits });
}
export async function login(who = device, options = {}): Promise<MqttClient> {
  const client = await connectAs(broker.url, who, common.clock.nowMs(), options);
  clients.push(client);
  return client;
}
export async function message(sequence: bigint, who = device): Promise<Buffer> {
  const readings = [{ name: "temperature", unit: "Cel", value: 21.5 }];
  const salt = new Uint8Array(16);
  const { signer, device: id } = who;
  const facts = { signer, device: id, keyIndex: 0, sequence, domain };
  return (await signMessage({ ...facts, readings, salt })).bytes as Buffer;
}
export const topics = (who = device) => topicsOf("fieldseal/1", who.device);
export const refusals = async () => {
  const { values } = await common.metrics.brokerRefusals.get();
  return values.map(({ labels }) => labels.code);
};

/** A broker with one enrolled device, for one test. */
export async function freshBroker(): Promise<void> {
  common = testCommon();
  directory = testDirectory();
  ingest = testIngest();
  device = newDevice(2);
  directory.enrol(device);
  await start();
}
/** Ends what {@link freshBroker} and the test started. */
export async function endBroker(): Promise<void> {
  for (const client of clients.splice(0)) client.end(true);
  await broker.stop();
}
