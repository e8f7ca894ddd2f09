import { createServer, type Server } from "node:net";
import { decodeReceipt, signMessage, topicsOf } from "@fieldseal/sdk";
import { Aedes } from "aedes";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import {
  connectExternalBroker,
  type ExternalBroker,
} from "../../../oracle/src/broker/external-broker.ts";
import { freePort } from "../../support/free-port.ts";
import { until } from "../../support/until.ts";
import { connectClient, nextMessage } from "./clients.ts";
import { domain, newDevice, testCommon, testIngest } from "./fixture.ts";

describe("external broker that speaks MQTT 3.1.1 only", () => {
  let elsewhere: Aedes;
  let server: Server;
  let url: string;
  let ingest: ReturnType<typeof testIngest>;
  let source: ExternalBroker | undefined;
  let client: MqttClient;
  const device = newDevice(1);
  const topics = topicsOf("fieldseal/1", device.device);

  const message = async (sequence: bigint): Promise<Buffer> => {
    const { signer, device: id } = device;
    const readings = [{ name: "level", unit: "m", value: 3 }];
    const facts = { signer, device: id, keyIndex: 0, sequence, domain };
    return (await signMessage({ ...facts, readings, salt: new Uint8Array(16) })).bytes as Buffer;
  };
  const open = async () => {
    source = await connectExternalBroker({
      common: testCommon(),
      ingest,
      url,
      reconnect: { firstMs: 5, maxMs: 20 },
    });
    return source;
  };
  /** Resolves at the n-th message that ingest stored. */
  const stored = (count: number) =>
    new Promise<void>((resolve) => {
      const submit = ingest.submit;
      ingest.submit = async (inbound) => {
        const outcome = await submit(inbound);
        if (ingest.stored.length >= count) resolve();
        return outcome;
      };
    });

  beforeEach(async () => {
    elsewhere = await Aedes.createBroker();
    server = createServer(elsewhere.handle);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `mqtt://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    ingest = testIngest();
    client = await connectClient(url, { clientId: "field" });
  });
  afterEach(async () => {
    client.end(true);
    await source?.stop();
    source = undefined;
    await new Promise<void>((resolve) => elsewhere.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  });

  it("is served by one connection, and one for receipts", async () => {
    const { protocolVersion, connected } = await open();
    expect(protocolVersion).to.equal(4);
    expect(connected()).to.equal(2);
  });

  it("brings each message once to ingest and each receipt to its device", async () => {
    await open();
    await client.subscribeAsync(topics.receipt, { qos: 1 });
    const receipt = nextMessage(client);
    await client.publishAsync(topics.up, await message(1n), { qos: 1 });
    const { topic, bytes } = await receipt;
    expect(topic).to.equal(topics.receipt);
    expect(decodeReceipt(bytes)).to.include({ t: "stored", sequence: 1n });
    expect(ingest.sequences).to.deep.equal([1n]);
    expect(ingest.stored[0]).to.include({ topicDevice: device.device, client: device.device });
  });

  it("passes on that a message was retained", async () => {
    await client.publishAsync(topics.up, await message(1n), { qos: 1, retain: true });
    const first = stored(1);
    await open();
    await first;
    expect(ingest.stored[0]?.retained).to.equal(true);
    const second = stored(2);
    await client.publishAsync(topics.up, await message(2n), { qos: 1, retain: true });
    await second;
    expect(ingest.stored[1]?.retained).to.equal(false);
  });

  it("delivers again what ingest could not store", async () => {
    await open();
    let failures = 2;
    ingest.before = async () => {
      if (failures-- > 0) throw new Error("disk full");
    };
    const first = stored(1);
    await client.publishAsync(topics.up, await message(5n), { qos: 1 });
    await first;
    expect(ingest.sequences).to.deep.equal([5n]);
  });

  it("holds a message back, unacknowledged, while the store fails, and answers when it is back", async () => {
    await open();
    const told: string[] = [];
    client.on("message", (_topic, bytes) => told.push(decodeReceipt(bytes).t));
    await client.subscribeAsync(topics.receipt, { qos: 1 });
    const submit = ingest.submit;
    let tries = 0;
    ingest.submit = async (inbound) => {
      tries++;
      if (tries > 3) return submit(inbound);
      return { kind: "refused", code: "STORE_FAILED", message: "The disk is full." };
    };
    const receipt = nextMessage(client);
    await client.publishAsync(topics.up, await message(6n), { qos: 1 });
    expect(decodeReceipt((await receipt).bytes)).to.include({ t: "stored", sequence: 6n });
    expect(told).to.eql(["stored"]);
    expect(ingest.sequences).to.deep.equal([6n]);
  });

  it("leaves to the broker what is more than it may hold", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    ingest.before = () => gate;
    let begun = 0;
    const submit = ingest.submit;
    ingest.submit = (inbound) => {
      begun++;
      return submit(inbound);
    };
    source = await connectExternalBroker({
      common: testCommon(),
      ingest,
      url,
      reconnect: { firstMs: 5, maxMs: 20 },
      heldBytes: 1000,
    });
    const large = Buffer.alloc(8000, 1);
    for (let i = 0; i < 60; i++) await client.publishAsync(topics.up, large, { qos: 1 });
    await until("the first are read", () => begun > 0);
    expect(begun).to.be.lessThan(60);
    const all = new Promise<void>((resolve) => {
      const before = ingest.submit;
      ingest.submit = async (inbound) => {
        const outcome = await before(inbound);
        if (begun >= 60) resolve();
        return outcome;
      };
    });
    release();
    await all;
  });

  it("delivers what arrived while the oracle was away", async () => {
    await (await open()).stop();
    await client.publishAsync(topics.up, await message(1n), { qos: 1 });
    await client.publishAsync(topics.up, await message(2n), { qos: 1 });
    const both = stored(2);
    await open();
    await both;
    expect(ingest.sequences).to.have.members([1n, 2n]);
  });

  it("is not held up by topics that name no device", async () => {
    await open();
    await client.publishAsync("fieldseal/1/thermometer/up", "21", { qos: 1 });
    const first = stored(1);
    await client.publishAsync(topics.up, await message(1n), { qos: 1 });
    await first;
    expect(ingest.stored.length).to.equal(1);
  });

  it("is connected again after the connections broke", async () => {
    const { connected } = await open();
    const first = stored(1);
    for (const name of ["clients"] as const) {
      const table = Reflect.get(elsewhere, name) as Record<string, { close(): void }>;
      for (const [id, one] of Object.entries(table)) if (id !== "field") one.close();
    }
    expect(connected()).to.be.at.most(2);
    await client.publishAsync(topics.up, await message(9n), { qos: 1 });
    await first;
    expect(ingest.sequences).to.deep.equal([9n]);
  });

  it("that does not answer is named, and nothing is left running", async () => {
    const port = await freePort();
    const error = await connectExternalBroker({
      common: testCommon(),
      ingest,
      url: `mqtt://127.0.0.1:${port}`,
    }).catch((caught: unknown) => caught);
    expect(error).to.have.property("code", "MQTT_CONNECT");
  });

  it("that refuses the login, or the subscription, is told apart", async () => {
    elsewhere.authorizeSubscribe = (_client, _subscription, done) => done(null, null);
    const unsubscribed = await open().catch((caught: unknown) => caught);
    expect(unsubscribed).to.have.property("code", "BROKER_SUBSCRIPTION");
    elsewhere.authenticate = (_client, _username, _password, done) => done(null, false);
    const refused = await open().catch((caught: unknown) => caught);
    expect(refused).to.have.property("code", "MQTT_LOGIN");
  });
});
