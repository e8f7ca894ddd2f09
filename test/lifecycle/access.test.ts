import { join } from "node:path";
import { createLoginToken, hex, permissions, topicsOf } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { signInAt } from "../../oracle/src/cli/network/sign-in.ts";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { type GrantActions, grantActions } from "../support/grant-actions.ts";
import { type PlainClient, plainClient } from "../support/mqtt-account.ts";
import type { RegistryActions, TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const { READ } = permissions;
const everybody = `0x${"00".repeat(20)}`;

// One story of a restricted log, told in steps: each needs the ones before.
describe("a sensor on a restricted log, its owner, an employee and a thief", function () {
  this.timeout(60_000);
  this.bail(true);
  const folder = temporaryFolder();
  const employee = new Wallet(testKey(6));
  const who = employee.address.toLowerCase();
  const clients: PlainClient[] = [];
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let owner: RegistryActions;
  let grants: GrantActions;
  let sensor: TestDevice;
  let field: FieldDevice;
  let token: string;
  let phone: PlainClient;

  before(async () => {
    node = await startAnvil();
    deployment = await deployOn(node, { restricted: true });
    oracle = await runOracle(deployment, join(folder.path, "oracle"));
    owner = deployment.owner(2);
    grants = grantActions(deployment.provider, deployment.accessGrants, testKey(2));
  });
  after(async () => {
    for (const client of clients) client.end();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  /** Makes what happened final, and waits until the oracle judges by it. */
  const final = async () => {
    const block = await deployment.provider.getBlockNumber();
    await node.mine(3);
    await oracle.client.followed(block);
  };
  const read = async (bearer?: string) => {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const url = `${oracle.http}/v1/readings?device=${sensor.id}`;
    const response = await fetch(url, { headers });
    const { code, items } = (await response.json()) as { code?: string; items?: unknown[] };
    return response.status === 200 ? items?.length : code;
  };
  /** The newest block is looked at a moment after the final one. */
  const subscribed = (client: PlainClient, topic: string) =>
    until("the subscription", () => client.subscribe(topic));
  const readable = (bearer: string, readings: number) =>
    until("the right to read", async () => (await read(bearer)) === readings);
  const login = async (password: string, name = who) => {
    const client = await plainClient(oracle.mqtt, { who: name, password });
    clients.push(client);
    return client;
  };
  const up = () => topicsOf("fieldseal/1", sensor.id).up;
  const state = () => topicsOf("fieldseal/1", sensor.id).state;

  it("begins with a reading that nobody but the owner may see", async () => {
    sensor = await owner.enrol(2, deployment.logId);
    await final();
    field = await fieldDevice({
      deployment,
      device: sensor,
      mqtt: oracle.mqtt,
      outboxFolder: join(folder.path, "outbox"),
    });
    await field.publish([{ name: "temperature", unit: "Cel", value: 21.5 }]);
    token = (await signInAt(oracle.http, testKey(6), Date.now())).token;
    const ownersToken = (await signInAt(oracle.http, testKey(2), Date.now())).token;
    expect(await read()).to.equal("SIGN_IN_REQUIRED");
    expect(await read(token)).to.equal("RESTRICTED");
    expect(await read(ownersToken)).to.equal(1);
  });

  it("the owner hires an employee: HTTP and his phone at the broker open for him", async () => {
    await grants.give(sensor.id, who, READ);
    expect(await read(token), "the grant is not final").to.equal("RESTRICTED");
    await final();
    await readable(token, 1);
    phone = await login(token);
    await subscribed(phone, up());
    await field.publish([{ name: "temperature", unit: "Cel", value: 21.7 }]);
    await until("the message at the phone", () => phone.messages.length > 0);
  });

  it("the owner fires him: the phone is cut off before the revocation is final, and HTTP closes", async () => {
    const before = phone.messages.length;
    const { blockNumber } = await grants.take(sensor.id, who);
    await phone.cut();
    const { number } = (await node.rpc("eth_getBlockByNumber", "finalized", false)) as {
      number: string;
    };
    expect(Number(number)).to.be.lessThan(blockNumber);
    expect(await read(token)).to.equal("RESTRICTED");
    await field.publish([{ name: "temperature", unit: "Cel", value: 21.9 }]);
    expect(phone.messages).to.have.length(before);
    const again = await login(token);
    expect(await again.subscribe(up())).to.equal(false);
    expect(await again.subscribe(state())).to.equal(false);
  });

  it("a right that runs out ends the session that makes use of it", async () => {
    const { timestamp = 0 } = (await deployment.provider.getBlock("latest")) ?? {};
    await grants.give(sensor.id, who, READ, BigInt(timestamp + 600));
    await final();
    phone = await login(token);
    await subscribed(phone, up());
    await node.rpc("evm_increaseTime", 601);
    await node.mine(1);
    await phone.cut();
    expect(await read(token)).to.equal("RESTRICTED");
  });

  it("the owner opens the sensor to everybody who says who he is", async () => {
    await grants.give(sensor.id, everybody, READ);
    await final();
    expect(await read()).to.equal("SIGN_IN_REQUIRED");
    await readable(token, 3);
    await grants.take(sensor.id, everybody);
    await until("the revocation", async () => (await read(token)) === "RESTRICTED");
  });

  it("a thief with a copied key is cut off when the owner suspends the sensor", async () => {
    await field.close();
    const password = await createLoginToken({
      signer: sensor.signer,
      device: sensor.id,
      audience: `${hex(deployment.domain)}/fieldseal`,
      nowS: Math.floor(Date.now() / 1000),
      lifetimeS: 3600,
    });
    const clone = await login(password, sensor.id);
    await owner.send("suspend", sensor.id);
    await clone.cut();
    const refused = await login(password, sensor.id).catch(({ code }) => code);
    expect(refused).to.equal(5);
    expect(await oracle.client.brokerRefusals("DEVICE_SUSPENDED")).to.be.greaterThan(0);
  });

  it("the buyer of the sensor finds the old owner outside", async () => {
    await owner.send("resume", sensor.id);
    await final();
    const ownersToken = (await signInAt(oracle.http, testKey(2), Date.now())).token;
    const buyersToken = (await signInAt(oracle.http, testKey(3), Date.now())).token;
    await readable(ownersToken, 3);
    expect(await read(buyersToken)).to.equal("RESTRICTED");
    const buyer = deployment.owner(3);
    await buyer.send("transfer", ...(await owner.signSale(sensor, buyer.owner)), "0x");
    await until("the sale", async () => (await read(ownersToken)) === "RESTRICTED");
    expect(await read(buyersToken), "not final").to.equal("RESTRICTED");
    await final();
    await readable(buyersToken, 3);
    expect(await read(ownersToken)).to.equal("RESTRICTED");
  });
});
