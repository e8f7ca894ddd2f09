import { decodeReceipt, type RefusedReceipt } from "@fieldseal/sdk";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import { startEmbeddedBroker } from "../../../oracle/src/broker/embedded-broker.ts";
import { testAuthority } from "../access/fixture.ts";
import {
  broker,
  common,
  device,
  directory,
  endBroker,
  freshBroker,
  ingest,
  login,
  message,
  refusals,
  start,
  topics,
} from "./broker-bench.ts";
import {
  audience,
  closed,
  connectAs,
  connectClient,
  ended,
  nextMessage,
  rawConnection,
  tokenOf,
} from "./clients.ts";
import { newDevice } from "./fixture.ts";

describe("embedded broker", () => {
  beforeEach(freshBroker);
  afterEach(endBroker);

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
      const named = { clientId: `${device.device}/phone` };
      for (const overrides of [{ clientId: other }, { username: other }, named]) {
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
      broker.recheck();
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
    const authority = testAuthority({ devices: directory, clock, audience });
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
