import { join } from "node:path";
import { decodeReceipt, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { closed } from "../oracle/broker/clients.ts";
import { brokerClients, heard } from "../support/broker-clients.ts";
import { startHardhatNode, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { fieldDevice } from "../support/field-device.ts";
import { freePort } from "../support/free-port.ts";
import { type RabbitMq, startRabbitMq } from "../support/rabbitmq.ts";
import type { RegistryActions, TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { tryDoors } from "../support/try-doors.ts";
import { until } from "../support/until.ts";

describe("RabbitMQ under the authority", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const secret = "a-secret-of-this-test";
  let node: TestChain;
  let deployment: TestDeployment;
  let owner: RegistryActions;
  let rabbit: RabbitMq;
  let oracle: RunningOracle;
  let clients: ReturnType<typeof brokerClients>;
  let device: TestDevice;
  let other: TestDevice;
  let start: () => Promise<RunningOracle>;
  const topics = (who = device) => topicsOf("fieldseal/1", who.id);

  before(async () => {
    const httpPort = await freePort();
    const oracleUrl = `http://127.0.0.1:${httpPort}`;
    [node, rabbit] = await Promise.all([startHardhatNode(), startRabbitMq({ oracleUrl, secret })]);
    deployment = await deployOn(node);
    owner = deployment.owner(2);
    device = await owner.enrol(2, deployment.logId);
    other = await owner.enrol(1, deployment.logId);
    await node.mine(3);
    start = () =>
      runOracle(deployment, join(folder.path, "oracle"), {
        FIELDSEAL_HTTP_PORT: String(httpPort),
        FIELDSEAL_MQTT: rabbit.oracleUrl,
        FIELDSEAL_BROKER_KIND: "rabbitmq",
        FIELDSEAL_BROKER_SECRET: secret,
        FIELDSEAL_BROKER_MANAGEMENT: rabbit.managementUrl,
      });
    oracle = await start();
    clients = brokerClients(deployment, rabbit.url);
  });
  afterEach(() => clients?.end());
  after(async () => {
    await oracle?.stop();
    await rabbit?.stop();
    await node?.stop();
    folder.remove();
  });

  it("takes a device's readings and brings it the receipts", async () => {
    const outboxFolder = join(folder.path, "outbox");
    const field = await fieldDevice({ deployment, device, mqtt: rabbit.url, outboxFolder });
    await field.publish([{ name: "temperature", unit: "Cel", value: 21.5 }]);
    await field.close();
  });

  it("lets in nobody without a token of the device's own", async () => {
    const { id } = device;
    const [own, foreign, old] = await Promise.all([
      clients.token(device),
      clients.token(other),
      clients.token(device, 3600),
    ]);
    const none = `${Buffer.from('{"alg":"none","typ":"fieldseal-login+jwt"}').toString("base64url")}.${own.split(".")[1]}.`;
    const attempts = {
      anonymous: { clientId: id },
      "without a password": { clientId: id, username: id },
      "a wrong password": { clientId: id, username: id, password: "guess" },
      "a stolen name": { clientId: id, username: id, password: foreign },
      "a stolen client id": { clientId: other.id, username: id, password: own },
      "an expired token": { clientId: id, username: id, password: old },
      "alg none": { clientId: id, username: id, password: none },
      "another virtual host": { clientId: id, username: `/other:${id}`, password: own },
    };
    for (const [name, options] of Object.entries(attempts)) {
      expect(await clients.isLetIn(options), name).to.equal(false);
    }
    expect(await clients.isLetIn({ clientId: id, username: id, password: own })).to.equal(true);
  });

  it("grants no wildcard and no topic of another device", async () => {
    const refused = [
      "#",
      "+/+/+/receipt",
      "$SYS/#",
      `fieldseal/1/${device.id}/+`,
      `fieldseal/1/${device.id}/../${other.id}/command`,
      `fieldseal.1.${other.id}.command`,
      topics(other).receipt,
      topics(other).command,
      topics(other).up,
      topics().up,
    ];
    for (const filter of refused) {
      const client = await clients.login(device);
      expect(await clients.isGranted(client, filter), filter).to.equal(false);
      client.end(true);
    }
    const client = await clients.login(device);
    expect(await clients.isGranted(client, topics().receipt)).to.equal(true);
  });

  it("takes nothing under another's id, by message or by will", async () => {
    const listener = await clients.login(other);
    await listener.subscribeAsync([topics(other).receipt, topics(other).command], { qos: 1 });
    const seen: string[] = [];
    listener.on("message", (topic) => seen.push(topic));
    for (const topic of [topics(other).up, topics(other).command, topics(other).receipt]) {
      const client = await clients.login(device);
      client.publishAsync(topic, "forged", { qos: 1, retain: true }).catch(() => {});
      await closed(client);
    }
    const will = { topic: topics(other).command, payload: Buffer.from("forged"), qos: 1 as const };
    const dying = await clients.login(device, { will: { ...will, retain: false } });
    dying.stream.destroy();
    // What its own message brings shows that what went before would have come.
    const receipt = heard(listener);
    await listener.publishAsync(topics(other).up, await clients.message(other), { qos: 1 });
    await receipt;
    const again = await clients.login(other);
    const fresh = heard(again);
    await again.subscribeAsync([topics(other).receipt, topics(other).command], { qos: 1 });
    await again.publishAsync(topics(other).up, await clients.message(other), { qos: 1 });
    expect(decodeReceipt((await fresh).bytes).t).to.equal("stored");
    expect(seen).to.deep.equal([topics(other).receipt]);
  });

  it("keeps no session of a device, so that no subscription outlives its right", async () => {
    const client = await clients.login(device, { clean: false });
    await client.subscribeAsync(topics().receipt, { qos: 1 });
    await client.endAsync();
    const { origin, username, password } = new URL(rabbit.managementUrl);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    await until("the end of the session's queue", async () => {
      const answer = await fetch(`${origin}/api/queues?columns=name`, {
        headers: { authorization },
      });
      return !(await answer.text()).includes(device.id);
    });
  });

  it("has no door open to `fieldseal doctor broker`", async () => {
    const { code, doors } = await tryDoors({
      deployment,
      service: oracle.http,
      mqtt: rabbit.url,
      folder: folder.path,
    });
    expect(doors.filter(({ state }) => state !== "shut")).to.deep.equal([]);
    expect([code, doors.length]).to.deep.equal([0, 22]);
  });

  it("lets live sessions go on while the authority is away, lets nobody in, and cuts what it does not know when it is back", async () => {
    const client = await clients.login(device);
    await client.subscribeAsync(topics().receipt, { qos: 1 });
    const first = heard(client);
    await client.publishAsync(topics().up, await clients.message(device), { qos: 1 });
    await first;
    await oracle.stop();
    await client.publishAsync(topics().up, await clients.message(device), { qos: 1 });
    expect(client.connected).to.equal(true);
    const { id } = other;
    const password = await clients.token(other);
    expect(await clients.isLetIn({ clientId: id, username: id, password })).to.equal(false);
    const cut = closed(client);
    oracle = await start();
    await cut;
    expect(await clients.isLetIn({ clientId: id, username: id, password })).to.equal(true);
  });

  it("cuts a device that is suspended on chain, and lets it in when it is resumed", async () => {
    const client = await clients.login(device);
    await client.publishAsync(topics().up, await clients.message(device), { qos: 1 });
    const cut = closed(client);
    const sentMs = Date.now();
    await owner.send("suspend", device.id);
    const minedMs = Date.now();
    await cut;
    process.stdout.write(
      `      cut ${Date.now() - minedMs} ms after the block, ${Date.now() - sentMs} ms after the order\n`,
    );
    const password = await clients.token(device);
    const options = { clientId: device.id, username: device.id, password };
    expect(await clients.isLetIn(options)).to.equal(false);
    await owner.send("resume", device.id);
    await until("the device's return", () => clients.isLetIn(options));
  });
});
