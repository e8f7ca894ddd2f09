import { join } from "node:path";
import { type DeviceMessage, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { startAnvil, type TestChain } from "../support/chain.ts";
import { checkSealed, identityOf } from "../support/check-sealed.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type FieldDevice, fieldDevice } from "../support/field-device.ts";
import { freePort } from "../support/free-port.ts";
import { type OracleProcess, startOracleProcess } from "../support/oracle-process.ts";
import { type RpcProxy, startRpcProxy } from "../support/rpc-proxy.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const providerKey = "canary-7f3a";

describe("an oracle with two endpoints of its chain", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let one: RpcProxy;
  let two: RpcProxy;
  let deployment: TestDeployment;
  let field: FieldDevice;
  let oracle: OracleProcess;
  let http: string;
  const messages: DeviceMessage[] = [];

  before(async () => {
    node = await startAnvil();
    [one, two] = [await startRpcProxy(node.url), await startRpcProxy(node.url)];
    deployment = await deployOn(node);
    const [httpPort, mqttPort] = [await freePort(), await freePort()];
    http = `http://127.0.0.1:${httpPort}`;
    const environment = deployment.environment(join(folder.path, "oracle"), {
      FIELDSEAL_RPC: `${one.url}/v3/${providerKey},${two.url}/v3/${providerKey}`,
      FIELDSEAL_HTTP_PORT: String(httpPort),
      FIELDSEAL_MQTT_PORT: String(mqttPort),
      FIELDSEAL_SEAL_MESSAGES: "1",
      FIELDSEAL_LOG_LEVEL: "trace",
    });
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    await node.mine(3);
    oracle = startOracleProcess(environment);
    expect(await oracle.ready, oracle.log()).to.equal(true);
    const mqtt = `mqtt://127.0.0.1:${mqttPort}`;
    const outboxFolder = join(folder.path, "outbox");
    field = await fieldDevice({ deployment, device, mqtt, outboxFolder });
    await field.told("connected", 0);
  });
  after(async () => {
    await oracle?.kill();
    await field?.close();
    await Promise.all([one?.stop(), two?.stop()]);
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  const metric = async (name: string, endpoint: RpcProxy) => {
    const text = await (await fetch(`${http}/metrics`)).text();
    const line = text
      .split("\n")
      .find((each) => each.startsWith(`${name}{endpoint="${endpoint.url}"`));
    return Number(line?.split(" ").at(-1));
  };
  /** Sends a message and waits until it and all before it are in checkpoints, each once. */
  async function sealsAnother() {
    const message = await field.send([{ name: "temperature", unit: "Cel", value: 21.5 }]);
    messages.push(message);
    await field.stored(message);
    const sealed = await until("sealing", async () => {
      await node.mine();
      const found = await checkSealed(deployment, http);
      return found.checkpoints >= messages.length ? found : undefined;
    });
    const wanted = messages.map((each) => [identityOf(each), hex(each.root)]);
    expect([...sealed.messages]).to.have.deep.members(wanted);
    const count = await deployment.provider.getTransactionCount(deployment.operator);
    expect(count).to.equal(messages.length);
  }

  it("goes on sealing when the first dies while it takes a transaction", async () => {
    await sealsAnother();
    let isDead = false;
    one.decide = (method) => {
      isDead ||= method === "eth_sendRawTransaction";
      return isDead ? "cut answer" : "pass";
    };
    await sealsAnother();
    expect(isDead).to.equal(true);
    expect(await metric("fieldseal_rpc_endpoint_up", one)).to.equal(0);
    expect(await metric("fieldseal_rpc_endpoint_up", two)).to.equal(1);
    expect((await fetch(`${http}/readyz`)).status).to.equal(200);
  });

  it("asks the dead one rarely, and uses it again when it answers", async () => {
    one.calls.length = 0;
    two.calls.length = 0;
    await until("two hundred requests", () => two.calls.length > 200);
    expect(one.calls.length).to.be.below(two.calls.length / 10);
    one.decide = () => "pass";
    await until("the first in use", async () => {
      return (await metric("fieldseal_rpc_endpoint_up", one)) === 1;
    });
    two.decide = () => "cut request";
    await sealsAnother();
  });

  it("stops using one that leads to another chain, and says so", async () => {
    two.decide = () => "pass";
    await until("the second in use", async () => {
      return (await metric("fieldseal_rpc_endpoint_up", two)) === 1;
    });
    one.rewrite = (method, result) =>
      method === "eth_getBlockByNumber" && result !== null
        ? { ...(result as object), hash: `0x${"66".repeat(32)}` }
        : result;
    await until("the refusal", async () => {
      return (await metric("fieldseal_rpc_endpoint_up", one)) === 0;
    });
    await sealsAnother();
    expect(oracle.log()).to.contain("CHAIN_HISTORY_CHANGED");
  });

  it("shows the provider's key nowhere", async () => {
    const text = await (await fetch(`${http}/metrics`)).text();
    expect(text + oracle.log()).to.not.contain(providerKey);
  });
});
