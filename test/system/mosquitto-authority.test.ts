import { join } from "node:path";
import { decodeReceipt, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { closed } from "../oracle/broker/clients.ts";
import { brokerClients, heard } from "../support/broker-clients.ts";
import { startHardhatNode, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { fieldDevice } from "../support/field-device.ts";
import { startGuard } from "../support/guard-process.ts";
import type { RegistryActions, TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { type SecuredMosquitto, startSecuredMosquitto } from "../support/secured-mosquitto.ts";
import { temporaryFolder } from "../support/service.ts";
import { tryDoors } from "../support/try-doors.ts";
import { until } from "../support/until.ts";

describe("Mosquitto under the authority", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let owner: RegistryActions;
  let mosquitto: SecuredMosquitto;
  let oracle: RunningOracle;
  let clients: ReturnType<typeof brokerClients>;
  let device: TestDevice;
  let other: TestDevice;
  const topics = (who = device) => topicsOf("fieldseal/1", who.id);

  const start = () =>
    runOracle(deployment, join(folder.path, "oracle"), {
      FIELDSEAL_MQTT: mosquitto.adminUrl,
      FIELDSEAL_BROKER_KIND: "mosquitto",
    });
  const exchange = (clientId: string, token: string) =>
    fetch(`${oracle.http}/v1/broker/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ clientId, token }),
    });
  const passwordOf = async (who: TestDevice): Promise<string> => {
    const answer = await exchange(who.id, await clients.token(who));
    expect(answer.status).to.equal(200);
    return ((await answer.json()) as { password: string }).password;
  };
  const login = async (who: TestDevice, options = {}) =>
    clients.connect({
      clientId: who.id,
      username: who.id,
      password: await passwordOf(who),
      ...options,
    });

  before(async () => {
    [node, mosquitto] = await Promise.all([startHardhatNode(), startSecuredMosquitto()]);
    deployment = await deployOn(node);
    owner = deployment.owner(2);
    device = await owner.enrol(2, deployment.logId);
    other = await owner.enrol(1, deployment.logId);
    await node.mine(3);
    oracle = await start();
    clients = brokerClients(deployment, mosquitto.url);
  });
  afterEach(() => clients?.end());
  after(async () => {
    await oracle?.stop();
    await mosquitto?.stop();
    await node?.stop();
    folder.remove();
  });

  it("takes the readings of a device that exchanged its token, and brings it the receipts", async () => {
    const field = await fieldDevice({
      deployment,
      device,
      mqtt: mosquitto.url,
      outboxFolder: join(folder.path, "outbox"),
      exchange: oracle.http,
    });
    await field.publish([{ name: "temperature", unit: "Cel", value: 21.5 }]);
    await field.close();
  });

  it("gives a password to nobody without a token of the device's own", async () => {
    const { id } = device;
    const [own, foreign, old] = await Promise.all([
      clients.token(device),
      clients.token(other),
      clients.token(device, 3600),
    ]);
    const attempts: [string, string, string][] = [
      [id, "guess", "LOGIN_FORMAT"],
      [id, foreign, "LOGIN_IDENTITY"],
      [other.id, own, "LOGIN_IDENTITY"],
      [id, old, "LOGIN_EXPIRED"],
      [`${id}/x`, own, "LOGIN_IDENTITY"],
    ];
    for (const [clientId, token, code] of attempts) {
      const answer = await exchange(clientId, token);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).to.deep.equal([
        401,
        code,
      ]);
    }
  });

  it("lets in nobody without the password, and the last password only", async () => {
    const { id } = device;
    const first = await passwordOf(device);
    const last = await passwordOf(device);
    const token = await clients.token(device);
    for (const options of [
      { clientId: id },
      { clientId: id, username: id },
      { clientId: id, username: id, password: token },
      { clientId: id, username: id, password: first },
      { clientId: other.id, username: id, password: last },
      { clientId: id, username: other.id, password: last },
    ]) {
      expect(await clients.isLetIn(options), JSON.stringify(options)).to.equal(false);
    }
    expect(await clients.isLetIn({ clientId: id, username: id, password: last })).to.equal(true);
  });

  it("grants no wildcard and no topic of another device", async () => {
    const client = await login(device);
    for (const filter of [
      "#",
      "+/+/+/receipt",
      "$SYS/#",
      "$share/x/#",
      "$CONTROL/#",
      "$CONTROL/dynamic-security/v1/response",
      `fieldseal/1/${device.id}/+`,
      `fieldseal/1/${device.id}/../${other.id}/command`,
      topics(other).receipt,
      topics(other).command,
      topics(other).up,
      topics().up,
    ]) {
      expect(await clients.isGranted(client, filter), filter).to.equal(false);
    }
    expect(await clients.isGranted(client, topics().receipt)).to.equal(true);
  });

  it("passes on nothing under another's id, by message or by will", async () => {
    const listener = await login(other);
    const seen: string[] = [];
    listener.on("message", (topic) => seen.push(topic));
    await listener.subscribeAsync([topics(other).receipt, topics(other).command], { qos: 1 });
    const refused = await oracle.client.brokerRefusals("TOPIC_REFUSED");
    const will = { topic: topics(other).command, payload: Buffer.from("x"), qos: 1 as const };
    const client = await login(device, { will: { ...will, retain: true } });
    for (const topic of [topics(other).up, topics(other).command, topics(other).receipt]) {
      await client.publishAsync(topic, "forged", { qos: 1, retain: true });
    }
    const control = JSON.stringify({ commands: [{ command: "deleteClient", username: other.id }] });
    await client.publishAsync("$CONTROL/dynamic-security/v1", control, { qos: 1 }).catch(() => {});
    client.stream.destroy();
    const receipt = heard(listener);
    await listener.publishAsync(topics(other).up, await clients.message(other), { qos: 1 });
    expect(decodeReceipt((await receipt).bytes).t).to.equal("stored");
    expect(seen).to.deep.equal([topics(other).receipt]);
    expect(await oracle.client.brokerRefusals("TOPIC_REFUSED")).to.equal(refused);
  });

  it("has no door open to `fieldseal doctor broker`", async () => {
    const { code, doors } = await tryDoors({
      deployment,
      service: oracle.http,
      mqtt: mosquitto.url,
      folder: folder.path,
    });
    expect(doors.filter(({ state }) => state !== "shut")).to.deep.equal([]);
    expect([code, doors.length]).to.deep.equal([0, 22]);
  });

  it("cuts a device that is suspended on chain, and lets it in when it is resumed", async () => {
    const client = await login(device);
    const cut = closed(client);
    const password = await passwordOf(other);
    await owner.send("suspend", device.id);
    const minedMs = Date.now();
    await cut;
    process.stdout.write(`      cut ${Date.now() - minedMs} ms after the block\n`);
    const refused = await exchange(device.id, await clients.token(device));
    expect(await refused.json()).to.include({ code: "DEVICE_SUSPENDED" });
    const still = { clientId: other.id, username: other.id, password };
    expect(await clients.isLetIn(still)).to.equal(true);
    await owner.send("resume", device.id);
    await until("the device's return", async () => {
      return (await exchange(device.id, await clients.token(device))).status === 200;
    });
  });

  it("lets live sessions go on while the authority is away, until the guard shuts the door", async () => {
    const client = await login(device);
    const password = await passwordOf(other);
    const shut = closed(client);
    await oracle.stop();
    await client.publishAsync(topics().up, await clients.message(device), { qos: 1 });
    const guard = await startGuard(mosquitto.adminUrl, 1);
    await shut;
    const options = { clientId: other.id, username: other.id, password };
    await until("the guard's work", async () => !(await clients.isLetIn(options)));
    oracle = await start();
    expect(await clients.isLetIn(options)).to.equal(false);
    await login(other);
    await guard.stop();
  });

  it("after a restart takes away what the authority does not know", async () => {
    const client = await login(device);
    const cut = closed(client);
    await oracle.stop();
    oracle = await start();
    await cut;
    await login(device);
  });
});
