import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLoginToken, type DeviceEvent, hex, signMessage, topicsOf } from "@fieldseal/sdk";
import { type ConnectedDevice, connectDevice } from "@fieldseal/sdk/node";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import {
  connectExternalBroker,
  type ExternalBroker,
} from "../../oracle/src/broker/external-broker.ts";
import { connectClient } from "../oracle/broker/clients.ts";
import {
  domain,
  logId,
  newDevice,
  receiptDomain,
  testCommon,
  testIngest,
} from "../oracle/broker/fixture.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";

describe("messages through Mosquitto", () => {
  let mosquitto: Mosquitto;
  let ingest: ReturnType<typeof testIngest>;
  let source: ExternalBroker | undefined;
  let folder: string;
  const clients: MqttClient[] = [];
  const devices: ConnectedDevice[] = [];
  const device = newDevice(2);
  const { up } = topicsOf("fieldseal/1", device.device);

  const open = async (connections = 4) => {
    const common = testCommon();
    const reconnect = { firstMs: 10, maxMs: 100 };
    const { url } = mosquitto;
    source = await connectExternalBroker({ common, ingest, url, connections, reconnect });
    return source;
  };
  const message = async (sequence: bigint): Promise<Buffer> => {
    const readings = [{ name: "temperature", unit: "Cel", value: 21.5 }];
    const { signer, device: id } = device;
    const facts = { signer, device: id, keyIndex: 0, sequence, domain };
    return (await signMessage({ ...facts, readings, salt: new Uint8Array(16) })).bytes as Buffer;
  };
  const publisher = async () => {
    const client = await connectClient(mosquitto.url, { clientId: `field-${clients.length}` });
    clients.push(client);
    return client;
  };
  const publish = async (client: MqttClient, count: number) => {
    const bytes = await Promise.all(Array.from({ length: count }, (_, i) => message(BigInt(i))));
    await Promise.all(bytes.map((one) => client.publishAsync(up, one, { qos: 1 })));
  };
  /** Resolves when ingest has stored `count` messages with different sequences. */
  const stored = (count: number) =>
    new Promise<void>((resolve) => {
      const submit = ingest.submit;
      ingest.submit = async (inbound) => {
        const outcome = await submit(inbound);
        if (new Set(ingest.sequences).size >= count) resolve();
        return outcome;
      };
    });

  before(async () => {
    mosquitto = await startMosquitto(["max_queued_messages 0", "max_inflight_messages 0"]);
  });
  after(() => mosquitto.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "device-"));
    ingest = testIngest();
  });
  afterEach(async () => {
    for (const one of devices.splice(0)) await one.close();
    for (const client of clients.splice(0)) client.end(true);
    await source?.stop();
    source = undefined;
    await mosquitto.restart();
    await rm(folder, { recursive: true, force: true });
  });

  it("are shared by the pool: each arrives once", async () => {
    const { protocolVersion, connected } = await open();
    expect(protocolVersion).to.equal(5);
    expect(connected()).to.equal(5);
    const all = stored(200);
    await publish(await publisher(), 200);
    await all;
    expect(ingest.sequences.length).to.equal(200);
  });

  it("that arrive while the oracle is away are delivered when it is back", async () => {
    await (await open()).stop();
    await publish(await publisher(), 40);
    const all = stored(40);
    await open();
    await all;
    expect(new Set(ingest.sequences).size).to.equal(40);
  });

  it("that ingest could not store come again, and none is lost", async () => {
    await open();
    let calls = 0;
    ingest.before = async () => {
      calls += 1;
      if (calls % 7 === 0) throw new Error("disk full");
    };
    const all = stored(50);
    await publish(await publisher(), 50);
    await all;
    expect(new Set(ingest.sequences).size).to.equal(50);
  });

  it("of a device survive kill −9 of the broker: the device sends them again", async () => {
    const { connected } = await open();
    const limit = { firstMs: 20, maxMs: 200 };
    const settled = new Set<bigint>();
    let done = () => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const connectedDevice = await connectDevice({
      device: device.device,
      signer: device.signer,
      keyIndex: 0,
      domain,
      log: { domain: receiptDomain, logId, operators: [ingest.operator] },
      url: mosquitto.url,
      outboxFolder: join(folder, "outbox"),
      limits: { reconnect: limit, resend: { firstMs: 300, maxMs: 1000 }, refusal: limit },
      onEvent: (event: DeviceEvent) => {
        if (event.type === "settled") settled.add(event.facts.sequence);
        if (settled.size === 60) done();
      },
    });
    devices.push(connectedDevice);
    const sent: bigint[] = [];
    for (let i = 0; i < 60; i++) {
      if (i === 20) await mosquitto.crash();
      if (i === 40) await mosquitto.restart();
      sent.push((await connectedDevice.send([{ name: "count", value: i }])).sequence);
    }
    await finished;
    expect([...settled].sort()).to.deep.equal(sent.sort());
    expect(new Set(ingest.sequences).size).to.equal(60);
    expect(connected()).to.equal(5);
  });

  it("may come from a client that logs in with a token as its password", async () => {
    await open(1);
    const audience = `${hex(domain)}/fieldseal`;
    const { signer, device: id } = device;
    const nowS = Math.floor(Date.now() / 1000);
    const token = { signer, device: id, audience, nowS, lifetimeS: 600 };
    const password = await createLoginToken(token);
    const client = await connectClient(mosquitto.url, { clientId: id, username: id, password });
    clients.push(client);
    const first = stored(1);
    await client.publishAsync(up, await message(1n), { qos: 1 });
    await first;
    expect(ingest.sequences).to.deep.equal([1n]);
  });
});
