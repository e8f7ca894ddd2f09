import { decodeReceipt, type RefusedReceipt, signMessage, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import { createBrokerAuthority } from "../../../oracle/src/broker/authority.ts";
import {
  type BrokerLimits,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import {
  closed,
  connectAs,
  connectClient,
  ended,
  nextMessage,
  rawConnection,
  tokenOf,
} from "./clients.ts";
import {
  domain,
  newDevice,
  type TestDevice,
  testCommon,
  testDirectory,
  testIngest,
} from "./fixture.ts";

describe("embedded broker", () => {
  let common: ReturnType<typeof testCommon>;
  let directory: ReturnType<typeof testDirectory>;
  let ingest: ReturnType<typeof testIngest>;
  let broker: EmbeddedBroker;
  let device: TestDevice;
  const clients: MqttClient[] = [];

  async function start(limits: Partial<BrokerLimits> = {}) {
    const { clock } = common;
    const authority = createBrokerAuthority({ directory, domain, clock, name: "fieldseal" });
    broker = await startEmbeddedBroker({ common, authority, ingest, port: 0, limits });
  }
  async function login(who = device, options = {}): Promise<MqttClient> {
    const client = await connectAs(broker.url, who, common.clock.nowMs(), options);
    clients.push(client);
    return client;
  }
  async function message(sequence: bigint, who = device): Promise<Buffer> {
    const readings = [{ name: "temperature", unit: "Cel", value: 21.5 }];
    const salt = new Uint8Array(16);
    const { signer, device: id } = who;
    const facts = { signer, device: id, keyIndex: 0, sequence, domain };
    return (await signMessage({ ...facts, readings, salt })).bytes as Buffer;
  }
  const topics = (who = device) => topicsOf("fieldseal/1", who.device);
  const refusals = async () => {
    const { values } = await common.metrics.brokerRefusals.get();
    return values.map(({ labels }) => labels.code);
  };

  beforeEach(async () => {
    common = testCommon();
    directory = testDirectory();
    ingest = testIngest();
    device = newDevice(2);
    directory.enrol(device);
    await start();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true);
    await broker.stop();
  });

  describe("messages", () => {
    it("are acknowledged only after ingest has committed them, then receipted", async () => {
      const client = await login();
      await client.subscribeAsync(topics().receipt, { qos: 1 });
      let commit = () => {};
      const committed = new Promise<void>((resolve) => {
        commit = resolve;
      });
      const submitted = new Promise<void>((resolve) => {
        ingest.before = () => {
          resolve();
          return committed;
        };
      });
      const receipt = nextMessage(client);
      let isAcknowledged = false;
      const acknowledged = client
        .publishAsync(topics().up, await message(1n), { qos: 1 })
        .then(() => {
          isAcknowledged = true;
        });
      await submitted;
      // What the broker answers later than this it would have answered before.
      await client.publishAsync(topics().state, "busy", { qos: 1 });
      expect(isAcknowledged).to.equal(false);
      commit();
      await acknowledged;
      const { topic, bytes } = await receipt;
      expect(topic).to.equal(topics().receipt);
      expect(decodeReceipt(bytes)).to.include({ t: "stored", sequence: 1n });
      expect(ingest.stored[0]).to.include({ source: "mqtt", topicDevice: device.device });
      expect(ingest.stored[0]?.retained).to.equal(false);
    });

    it("reach ingest as fresh ones even when their sender asks the broker to retain them", async () => {
      const client = await login();
      await client.publishAsync(topics().up, await message(1n), { qos: 1, retain: true });
      expect(ingest.stored[0]?.retained).to.equal(false);
    });

    it("that are refused are acknowledged too, and their device is told the code", async () => {
      ingest.verdict = () => ({ code: "TIME_AHEAD", message: "a day ahead" });
      const client = await login();
      await client.subscribeAsync(topics().receipt, { qos: 1 });
      const receipt = nextMessage(client);
      await client.publishAsync(topics().up, await message(7n), { qos: 1 });
      const refused = decodeReceipt((await receipt).bytes) as RefusedReceipt;
      expect(refused).to.deep.equal({
        t: "refused",
        code: "TIME_AHEAD",
        message: "a day ahead",
        keyIndex: 0,
        sequence: 7n,
      });
    });

    it("that ingest could not store are not acknowledged", async () => {
      ingest.before = () => Promise.reject(new Error("disk full"));
      const client = await login();
      const outcome = client
        .publishAsync(topics().up, await message(1n), { qos: 1 })
        .then(() => "acknowledged")
        .catch(() => "not acknowledged");
      await closed(client);
      expect(await outcome).to.equal("not acknowledged");
    });

    it("over 8 KiB reach ingest cut short, to be refused with their code", async () => {
      const client = await login();
      let length = 0;
      ingest.before = async ({ bytes }) => {
        length = bytes.length;
      };
      await client.publishAsync(topics().up, Buffer.alloc(20_000), { qos: 1 });
      expect(length).to.equal(8193);
    });

    it("of several clients do not wait for one that ingest keeps waiting", async () => {
      const slow = newDevice(1);
      directory.enrol(slow);
      const [first, second] = [await login(slow), await login()];
      ingest.before = ({ topicDevice }) =>
        topicDevice === slow.device ? new Promise(() => {}) : Promise.resolve();
      void first.publishAsync(topics(slow).up, await message(1n, slow), { qos: 1 }).catch(() => {});
      await second.publishAsync(topics().up, await message(1n), { qos: 1 });
      expect(ingest.sequences).to.deep.equal([1n]);
    });
  });

  describe("logins", () => {
    const codeOf = (client: Promise<MqttClient>) =>
      client.then(
        (open) => {
          open.end(true);
          return "granted";
        },
        (error: { code?: number }) => error.code,
      );
    const credentials = async (overrides: Record<string, unknown> = {}) => ({
      clientId: device.device,
      username: device.device,
      password: await tokenOf(device, common.clock.nowMs()),
      ...overrides,
    });

    it("are granted to both key types", async () => {
      const other = newDevice(1);
      directory.enrol(other);
      await login();
      await login(other);
    });

    it("without a token, or with a stranger's, are refused", async () => {
      const stranger = newDevice(2);
      const forged = await tokenOf({ ...stranger, device: device.device }, common.clock.nowMs());
      for (const overrides of [
        { password: undefined },
        { password: "secret" },
        { password: forged },
      ]) {
        const options = await credentials(overrides);
        expect(await codeOf(connectClient(broker.url, options))).to.equal(4);
      }
      expect(await refusals()).to.have.members(["LOGIN_FORMAT", "LOGIN_SIGNATURE"]);
    });

    it("for another broker or deployment are refused", async () => {
      const password = await tokenOf(device, common.clock.nowMs(), { audience: "0x00/fieldseal" });
      const options = await credentials({ password });
      expect(await codeOf(connectClient(broker.url, options))).to.equal(4);
      expect(await refusals()).to.deep.equal(["LOGIN_AUDIENCE"]);
    });

    it("that have expired are refused", async () => {
      const options = await credentials();
      common.clock.advance(3_600_000);
      expect(await codeOf(connectClient(broker.url, options))).to.equal(4);
      expect(await refusals()).to.deep.equal(["LOGIN_EXPIRED"]);
    });

    it("under another client id or user name are refused", async () => {
      const other = newDevice(2).device;
      for (const overrides of [{ clientId: other }, { username: other }]) {
        const options = await credentials(overrides);
        expect(await codeOf(connectClient(broker.url, options))).to.equal(4);
      }
      expect(await refusals()).to.deep.equal(["LOGIN_IDENTITY"]);
    });

    it("of unknown, suspended and retired devices are refused", async () => {
      const unknown = newDevice(2);
      expect(await codeOf(connectAs(broker.url, unknown, common.clock.nowMs()))).to.equal(5);
      directory.set(device.device, "suspended");
      expect(await codeOf(login())).to.equal(5);
      directory.set(device.device, "retired");
      expect(await codeOf(login())).to.equal(5);
      expect(await refusals()).to.deep.equal([
        "DEVICE_UNKNOWN",
        "DEVICE_SUSPENDED",
        "DEVICE_RETIRED",
      ]);
    });

    it("with a will outside the device's own state are refused", async () => {
      const payload = Buffer.from("gone");
      const foreign = { topic: topics(newDevice(2)).state, payload, qos: 1 as const, retain: true };
      for (const will of [
        foreign,
        { ...foreign, topic: topics().up },
        { ...foreign, topic: topics().state, payload: Buffer.alloc(1025) },
      ]) {
        expect(await codeOf(login(device, { will }))).to.equal(5);
      }
      expect(await refusals()).to.deep.equal(["WILL_REFUSED"]);
      await login(device, { will: { ...foreign, topic: topics().state } });
    });

    it("end with their token", async () => {
      const client = await login();
      common.clock.advance(3_599_000);
      broker.recheck();
      expect(client.connected).to.equal(true);
      common.clock.advance(1000);
      broker.recheck();
      await closed(client);
    });

    it("end when the device is suspended or its key rotated; another device's stay", async () => {
      const other = newDevice(1);
      directory.enrol(other);
      const [first, second] = [await login(), await login(other)];
      directory.set(device.device, "suspended");
      broker.recheck(device.device);
      await closed(first);
      expect(second.connected).to.equal(true);
      directory.rotate(other.device, newDevice(1).publicKey);
      broker.recheck();
      await closed(second);
    });

    it("replace an older session of the same device, and receipts go to the new one", async () => {
      const older = await login();
      const newer = await login();
      await closed(older);
      await newer.subscribeAsync(topics().receipt, { qos: 1 });
      const receipt = nextMessage(newer);
      await newer.publishAsync(topics().up, await message(3n), { qos: 1 });
      expect(decodeReceipt((await receipt).bytes)).to.include({ t: "stored", sequence: 3n });
    });
  });

  describe("topics", () => {
    it("of another device, of the system and wildcards cannot be subscribed", async () => {
      const other = topics(newDevice(2));
      const client = await login();
      for (const topic of ["#", "+/+/+/receipt", "$SYS/#", topics().up, other.receipt, other.up]) {
        const granted = await client.subscribeAsync(topic).catch(() => "refused");
        expect(granted, topic).to.equal("refused");
      }
      const own = [topics().receipt, topics().command, topics().market];
      expect((await client.subscribeAsync(own)).map(({ qos }) => qos)).to.deep.equal([0, 0, 0]);
    });

    it("of another device cannot be published: the connection ends, ingest sees nothing", async () => {
      const other = newDevice(2);
      directory.enrol(other);
      for (const topic of [topics(other).up, topics().receipt, topics(other).command, "x"]) {
        const client = await login();
        client.publishAsync(topic, await message(1n), { qos: 1 }).catch(() => {});
        await closed(client);
      }
      expect(ingest.stored).to.deep.equal([]);
      expect(await refusals()).to.deep.equal(["TOPIC_REFUSED"]);
    });

    it("take a device's own state, up to a kilobyte", async () => {
      const client = await login();
      await client.publishAsync(topics().state, Buffer.alloc(1024), { qos: 1, retain: true });
      client.publishAsync(topics().state, Buffer.alloc(1025), { qos: 1 }).catch(() => {});
      await closed(client);
    });
  });

  describe("strangers", () => {
    it("who send garbage, or a first packet that is no CONNECT, are cut off", async () => {
      const http = Buffer.from("GET / HTTP/1.1\r\n\r\n");
      const noise = Buffer.alloc(5000, 0x10);
      const publish = Buffer.from([0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63]);
      for (const bytes of [http, noise, publish]) {
        await ended(await rawConnection(broker.port, bytes));
      }
    });

    it("who announce a packet that is too large are cut off before it is sent", async () => {
      await ended(await rawConnection(broker.port, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])));
    });

    it("who do not finish CONNECT in time are cut off", async () => {
      await broker.stop();
      await start({ connectMs: 30 });
      await ended(await rawConnection(broker.port, Buffer.from([0x10, 0x20, 0x00])));
      await ended(await rawConnection(broker.port));
    });

    it("who open many connections from one address leave room for others", async () => {
      await broker.stop();
      await start({ connectionsPerAddress: 3 });
      const held = [];
      for (let i = 0; i < 3; i++) held.push(await rawConnection(broker.port));
      await ended(await rawConnection(broker.port));
      expect(await refusals()).to.deep.equal(["TOO_MANY_CONNECTIONS"]);
      const [first] = held;
      first?.destroy();
      const { metrics } = common;
      await login().catch(() => login().catch(() => login()));
      expect((await metrics.brokerSessions.get()).values[0]?.value).to.equal(1);
      for (const socket of held) socket.destroy();
    });

    it("who are devices but announce a packet over 64 KiB are cut off", async () => {
      const client = await login();
      client.publishAsync(topics().up, Buffer.alloc(70_000), { qos: 1 }).catch(() => {});
      await closed(client);
      expect(ingest.stored).to.deep.equal([]);
    });

    it("who are devices but read no receipts do not hold up others' while they are connected", async () => {
      await broker.stop();
      await start({ unreadBytes: 1e9 });
      const deaf = await login();
      await deaf.subscribeAsync(topics().receipt);
      deaf.stream.pause();
      const large = new Uint8Array(60_000);
      for (let i = 0; i < 300; i++) await broker.publishReceipt(device.device, large);
      const other = newDevice(1);
      directory.enrol(other);
      const reader = await login(other);
      await reader.subscribeAsync(topics(other).receipt);
      const read = nextMessage(reader);
      void broker.publishReceipt(other.device, Uint8Array.of(1));
      expect((await read).bytes.length).to.equal(1);
      expect(deaf.connected).to.equal(true);
      deaf.end(true);
    });

    it("who are devices but read no receipts are cut off, and others' receipts still arrive", async () => {
      await broker.stop();
      await start({ unreadBytes: 10_000 });
      const deaf = await login();
      await deaf.subscribeAsync(topics().receipt);
      const gone = closed(deaf);
      const other = newDevice(1);
      directory.enrol(other);
      const reader = await login(other);
      await reader.subscribeAsync(topics(other).receipt);
      deaf.stream.pause();
      const read = nextMessage(reader);
      const large = new Uint8Array(60_000);
      let cut = false;
      void gone.then(() => {
        cut = true;
      });
      for (let i = 0; i < 5000 && !cut; i++) {
        void broker.publishReceipt(device.device, large);
        await broker.publishReceipt(other.device, large.subarray(0, 10));
      }
      expect((await read).bytes.length).to.equal(10);
      deaf.stream.resume();
      await gone;
      expect(await refusals()).to.include("RECEIPTS_UNREAD");
    });
  });

  it("counts live sessions", async () => {
    const value = async () => (await common.metrics.brokerSessions.get()).values[0]?.value;
    const client = await login();
    expect(await value()).to.equal(1);
    await client.endAsync();
    for (let i = 0; i < 1000 && (await value()) !== 0; i++) await new Promise(setImmediate);
    expect(await value()).to.equal(0);
  });

  it("says so when its port is taken", async () => {
    const { clock } = common;
    const authority = createBrokerAuthority({ directory, domain, clock, name: "fieldseal" });
    const { port } = broker;
    const error = await startEmbeddedBroker({ common, authority, ingest, port }).catch(
      (caught: unknown) => caught,
    );
    expect(error).to.have.property("code", "PORT_IN_USE");
  });

  it("stops with clients connected, and is gone afterwards", async () => {
    const client = await login();
    const end = closed(client);
    await broker.stop();
    await end;
    const again = await rawConnection(broker.port).catch(() => "refused");
    if (again !== "refused") await ended(again as never);
    await start();
  });
});
