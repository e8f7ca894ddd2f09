import { marketRequestTopic, permissions } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { MqttClient } from "mqtt";
import { createBrokerAuthority } from "../../../oracle/src/broker/authority.ts";
import {
  type EmbeddedBroker,
  startEmbeddedBroker,
} from "../../../oracle/src/broker/embedded-broker.ts";
import { createTopicRights } from "../../../oracle/src/broker/topic-rights.ts";
import { testAccess } from "../access/fixture.ts";
import { addressOf, give, sessionOf } from "../access/support.ts";
import { topics } from "./broker-bench.ts";
import { audience, closed, connectAs, connectClient, nextMessage } from "./clients.ts";
import { newDevice, type TestDevice, testCommon, testDirectory, testIngest } from "./fixture.ts";

const { READ, COMMAND } = permissions;
const guest = new Wallet(`0x${"b1".repeat(32)}`);
const stranger = new Wallet(`0x${"b2".repeat(32)}`);

describe("accounts and machines at the embedded broker", () => {
  let common: ReturnType<typeof testCommon>;
  let devices: ReturnType<typeof testDirectory>;
  let access: ReturnType<typeof testAccess>;
  let broker: EmbeddedBroker;
  let device: TestDevice;
  const clients: MqttClient[] = [];

  beforeEach(async () => {
    common = testCommon();
    devices = testDirectory();
    device = newDevice(2);
    devices.enrol(device);
    const { clock } = common;
    access = testAccess({ devices, clock, audience });
    const authority = createBrokerAuthority({
      authenticator: access.authenticator,
      topics: createTopicRights(devices, access.rights, "fieldseal/1"),
    });
    const limits = { accountSessions: 2, relayBurst: 3, relayRate: 1 };
    broker = await startEmbeddedBroker({
      common,
      authority,
      ingest: testIngest(),
      port: 0,
      limits,
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true);
    await broker.stop();
  });

  const asDevice = async (who: TestDevice) => {
    const client = await connectAs(broker.url, who, common.clock.nowMs());
    clients.push(client);
    return client;
  };
  const asAccount = async (wallet: Wallet, suffix = "", overrides: object = {}) => {
    const password = await sessionOf(access.sessions, wallet, common.clock.nowMs());
    const who = addressOf(wallet);
    const options = { clientId: `${who}${suffix}`, username: who, password, ...overrides };
    const client = await connectClient(broker.url, options);
    clients.push(client);
    return client;
  };
  const refusal = async (work: Promise<unknown>) => {
    const failed = await work.then(
      () => false,
      () => true,
    );
    expect(failed, "it was let in").to.equal(true);
    const { values } = await common.metrics.brokerRefusals.get();
    return values.at(-1)?.labels.code;
  };
  const granted = async (client: MqttClient, topic: string) => {
    const answers = await client.subscribeAsync(topic, { qos: 1 }).catch(() => []);
    return answers.length > 0 && answers.every(({ qos }) => qos < 128);
  };

  it("log in with a session token, under their address or one of its client ids", async () => {
    await asAccount(guest);
    await asAccount(guest, "/phone");
    expect(await refusal(asAccount(guest, "/third"))).to.equal("TOO_MANY_SESSIONS");
    await asAccount(guest, "/phone");
    for (const clientId of ["phone", `${addressOf(stranger)}/phone`, `${addressOf(guest)}phone`]) {
      expect(await refusal(asAccount(guest, "", { clientId }))).to.equal("LOGIN_IDENTITY");
    }
    const username = addressOf(stranger);
    expect(await refusal(asAccount(guest, "", { username }))).to.equal("LOGIN_IDENTITY");
    const forged = { password: "fs1.AAAA" };
    expect(await refusal(asAccount(guest, "", forged))).to.equal("SESSION_INVALID");
  });

  it("leave nothing behind: no will, no state of their own", async () => {
    const own = { device: addressOf(stranger) } as TestDevice;
    const will = { topic: topics(own).state, payload: Buffer.from("x"), qos: 0, retain: true };
    expect(await refusal(asAccount(stranger, "", { will }))).to.equal("WILL_REFUSED");
    const client = await asAccount(stranger);
    void client.publishAsync(topics(own).state, "x", { qos: 1, retain: true }).catch(() => {});
    await closed(client);
  });

  it("read what a device says and how it is, once READ is granted", async () => {
    const client = await asAccount(guest);
    expect(await granted(client, topics(device).state)).to.equal(false);
    give(access.final, device.device, addressOf(guest), READ);
    expect(await granted(client, topics(device).state)).to.equal(true);
    expect(await granted(client, topics(device).command)).to.equal(false);
    const arriving = nextMessage(client);
    const sender = await asDevice(device);
    await sender.publishAsync(topics(device).state, "on", { qos: 1, retain: true });
    expect((await arriving).bytes.toString()).to.equal("on");
  });

  it("command a device once COMMAND is granted; nothing that they send is kept", async () => {
    give(access.final, device.device, addressOf(guest), COMMAND);
    const lock = await asDevice(device);
    expect(await granted(lock, topics(device).command)).to.equal(true);
    const arriving = nextMessage(lock);
    const client = await asAccount(guest);
    await client.publishAsync(topics(device).command, "open", { qos: 1, retain: true });
    expect((await arriving).bytes.toString()).to.equal("open");
    lock.end(true);
    const again = await asDevice(device);
    await granted(again, topics(device).command);
    const first = nextMessage(again);
    await client.publishAsync(topics(device).command, "second", { qos: 1 });
    expect((await first).bytes.toString(), "a retained command would come first").to.equal(
      "second",
    );
  });

  it("are cut off when the right they make use of is revoked, and not for another's", async () => {
    for (const wallet of [guest, stranger]) {
      give(access.final, device.device, addressOf(wallet), READ);
    }
    const [revoked, other] = [await asAccount(guest), await asAccount(stranger)];
    for (const client of [revoked, other]) await granted(client, topics(device).up);
    give(access.final, device.device, addressOf(guest), 0n);
    broker.recheck();
    await closed(revoked);
    expect(other.connected).to.equal(true);
    const back = await asAccount(guest);
    expect(await granted(back, topics(device).up)).to.equal(false);
  });

  it("are sent nothing between the end of a right and the cut", async () => {
    give(access.final, device.device, addressOf(guest), READ);
    const client = await asAccount(guest);
    await granted(client, topics(device).state);
    const seen: string[] = [];
    client.on("message", (_topic, bytes) => seen.push(bytes.toString()));
    const sender = await asDevice(device);
    give(access.final, device.device, addressOf(guest), 0n);
    await sender.publishAsync(topics(device).state, "secret", { qos: 1 });
    broker.recheck();
    await closed(client);
    expect(seen).to.deep.equal([]);
  });

  it("send others no more than their share", async () => {
    give(access.final, device.device, addressOf(guest), COMMAND);
    const client = await asAccount(guest);
    const send = () => client.publishAsync(topics(device).command, "x", { qos: 1 });
    for (let i = 0; i < 3; i++) await send();
    void send().catch(() => {});
    await closed(client);
    const { values } = await common.metrics.brokerRefusals.get();
    expect(values.at(-1)?.labels.code).to.equal("RATE_LIMITED");
  });

  it("of machines tell their state no faster, and are gone for everybody when they are cut", async () => {
    give(access.final, device.device, addressOf(guest), READ);
    const watching = await asAccount(guest);
    await granted(watching, topics(device).state);
    const heard: string[] = [];
    const gone = new Promise<void>((resolve) => {
      watching.on("message", (_topic, bytes) => {
        heard.push(bytes.toString());
        if (bytes.toString() === "gone") resolve();
      });
    });
    const will = {
      topic: topics(device).state,
      payload: Buffer.from("gone"),
      qos: 1,
      retain: true,
    } as const;
    const machine = await connectAs(broker.url, device, common.clock.nowMs(), { will });
    clients.push(machine);
    const tell = () => machine.publishAsync(topics(device).state, "on", { qos: 1, retain: true });
    for (let i = 0; i < 3; i++) await tell();
    void tell().catch(() => {});
    await closed(machine);
    await gone;
    expect(heard).to.deep.equal(["on", "on", "on", "gone"]);
    const { values } = await common.metrics.brokerRefusals.get();
    expect(values.at(-1)?.labels.code).to.equal("RATE_LIMITED");
  });

  it("send others no more than 8 KiB at once", async () => {
    give(access.final, device.device, addressOf(guest), COMMAND);
    const client = await asAccount(guest);
    const send = (length: number) =>
      client.publishAsync(topics(device).command, Buffer.alloc(length), { qos: 1 });
    await send(8192);
    void send(8193).catch(() => {});
    await closed(client);
    const { values } = await common.metrics.brokerRefusals.get();
    expect(values.at(-1)?.labels.code).to.equal("MESSAGE_TOO_LARGE");
  });

  it("of machines meet in the market; people and suspended devices stay outside", async () => {
    const seller = newDevice(1);
    devices.enrol(seller);
    const request = marketRequestTopic("fieldseal/1", "parking");
    const [buying, selling] = [await asDevice(device), await asDevice(seller)];
    expect(await granted(selling, request)).to.equal(true);
    const asked = nextMessage(selling);
    await buying.publishAsync(request, "a quote?", { qos: 1 });
    expect((await asked).bytes.toString()).to.equal("a quote?");
    await granted(buying, topics(device).market);
    const offered = nextMessage(buying);
    await selling.publishAsync(topics(device).market, "a quote", { qos: 1 });
    expect((await offered).bytes.toString()).to.equal("a quote");
    expect(await granted(await asAccount(guest), request)).to.equal(false);
    devices.set(seller.device, "suspended");
    broker.recheck();
    await closed(selling);
  });
});
