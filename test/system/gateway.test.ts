import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { MqttClient } from "mqtt";
import { connectClient } from "../oracle/broker/clients.ts";
import { runCliHere } from "../oracle/cli/fixture.ts";
import { startHardhatNode, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { type OracleProcess, startOracleProcess } from "../support/oracle-process.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

type Listed = {
  readonly metric: string;
  readonly value: string;
  readonly keyIndex: number;
  readonly sequence: string;
  readonly record: number;
  readonly text?: string;
};

describe("a gateway between a Mosquitto with Tasmota sensors and an oracle", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let mosquitto: Mosquitto;
  let sensors: MqttClient;
  let environment: Record<string, string>;
  let oracle: OracleProcess;
  let gateway: GatewayProcess;
  let http: string;
  let device: string;
  let gatewayHttp: string;

  const run = async (...args: string[]) => {
    const { environment: base } = deployment;
    const env = { ...base(folder.path), FIELDSEAL_OWNER_KEY: testKey(2) };
    const names = ["RPC", "REGISTRY", "LOG", "LOG_ID", "OWNER_KEY"];
    const kept = Object.fromEntries(
      Object.entries(env).filter(([name]) => names.includes(name.replace("FIELDSEAL_", ""))),
    );
    return runCliHere(args, folder.path, kept);
  };
  const say = (topic: string, message: object | string, retain = false) =>
    sensors.publishAsync(topic, typeof message === "string" ? message : JSON.stringify(message), {
      qos: 1,
      retain,
    });
  const sensor = (celsius: number) => ({
    Time: new Date().toISOString().slice(0, 19),
    AM2301: { Temperature: celsius, Humidity: 55.2 },
    TempUnit: "C",
  });
  const readings = async (metric: string): Promise<Listed[]> => {
    const query = new URLSearchParams({ device, metric });
    const response = await fetch(`${http}/v1/readings?${query}`);
    const { items } = (await response.json()) as { items: Listed[] };
    return items;
  };
  const counted = async (name: string): Promise<number> => {
    const text = await (await fetch(`${gatewayHttp}/metrics`)).text();
    const line = text.split("\n").find((one) => one.startsWith(name));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const startOracle = async () => {
    oracle = startOracleProcess(environment);
    if (!(await oracle.ready)) throw new Error(oracle.log());
  };
  const startGateway = async () => {
    const args = ["--config", "gateway.yaml", "--key", "gateway.key", "--url", http, "--json"];
    gateway = await startGatewayProcess(args, folder.path);
    gatewayHttp = JSON.parse(gateway.out()).http;
    await until("the gateway's readiness", async () => {
      const response = await fetch(`${gatewayHttp}/readyz`);
      return response.status === 200;
    });
  };

  before(async () => {
    [node, mosquitto] = await Promise.all([
      startHardhatNode(),
      startMosquitto(["max_queued_messages 10000", "persistence false"]),
    ]);
    deployment = await deployOn(node);
    const [httpPort, mqttPort] = [String(await freePort()), String(await freePort())];
    http = `http://127.0.0.1:${httpPort}`;
    environment = deployment.environment(join(folder.path, "oracle"), {
      FIELDSEAL_HTTP_PORT: httpPort,
      FIELDSEAL_MQTT_PORT: mqttPort,
      FIELDSEAL_SEAL_MESSAGES: "1",
    });
    await startOracle();
    await run("device", "new", "gateway.key");
    const enrolled = await run("device", "enrol", "--key", "gateway.key", "--home", "1", "--json");
    if (enrolled.code !== 0) throw new Error(enrolled.out + enrolled.err);
    device = JSON.parse(enrolled.out).device;
    writeFileSync(
      join(folder.path, "gateway.yaml"),
      [
        `source: { url: "${mosquitto.url}" }`,
        "formats: { tasmota: {} }",
        "aliases: { tasmota/attic: attic }",
        "time: { zone: UTC }",
        "http: { port: 0 }",
      ].join("\n"),
    );
    sensors = await connectClient(mosquitto.url, { clientId: "sensors" });
    await say("tele/cellar/SENSOR", sensor(5), true);
    await startGateway();
  });
  after(async () => {
    sensors?.end(true);
    await gateway?.kill();
    await oracle?.kill();
    await mosquitto?.stop();
    await node?.stop();
    folder.remove();
  });

  it("seals a sensor's reading, whose proof shows that it was relayed and of whom", async () => {
    await say("tele/attic/SENSOR", sensor(21.5));
    const metric = "r:attic:AM2301.Temperature/Cel";
    const [reading] = await until("a reading", async () => {
      const list = await readings(metric);
      return list.length > 0 && list;
    });
    expect(reading).to.include({ value: "21500000000000000000" });
    const { keyIndex, sequence, record } = reading as Listed;
    const get = ["proof", "get", "--url", http, "--device", device, "--sequence", sequence];
    await until("sealing", async () => {
      const { code } = await run(...get, "--record", String(record), "-o", "proof.json");
      return code === 0;
    });
    expect(keyIndex).to.equal(0);
    const log = ["--log", deployment.log, "--log-id", String(deployment.logId)];
    const verified = await run("verify", "proof.json", "--rpc", node.url, ...log);
    expect(verified.code, verified.out + verified.err).to.equal(0);
    expect(verified.out).to.include("r:attic:AM2301.Temperature");
  });

  it("keeps the source's message for whoever is shown its digest", async () => {
    const [{ text = "" } = {}] = (await readings("origin.digest")) as Partial<Listed>[];
    const { code, out } = await run("gateway", "raw", text, "--json");
    expect(code, out).to.equal(0);
    const { topic, payload } = JSON.parse(out);
    expect(topic).to.equal("tele/attic/SENSOR");
    const { AM2301 } = JSON.parse(Buffer.from(payload, "base64").toString());
    expect(AM2301).to.deep.equal({ Temperature: 21.5, Humidity: 55.2 });
    const unknown = await run("gateway", "raw", `0x${"0".repeat(64)}`);
    expect(unknown.err).to.match(/^RAW_UNKNOWN/);
  });

  it("took the retained message for no reading", async () => {
    expect(await counted('fieldseal_gateway_refused_total{code="RELAY_RETAINED"}')).to.equal(1);
    const response = await fetch(`${http}/v1/readings?device=${device}`);
    const { items: all } = (await response.json()) as { items: Listed[] };
    expect(all.some(({ value }) => value === "5000000000000000000")).to.equal(false);
  });

  it("buffers while the oracle is gone, over its own death, and loses and doubles nothing", async () => {
    await oracle.kill();
    for (let n = 0; n < 20; n++) await say("tele/attic/SENSOR", sensor(100 + n));
    await until(
      "buffering",
      async () => (await counted("fieldseal_gateway_outbox_messages")) >= 20,
    );
    await until("the oracle to be missed", async () => {
      const { checks } = (await (await fetch(`${gatewayHttp}/readyz`)).json()) as {
        checks: { name: string; state: string }[];
      };
      return checks.find(({ name }) => name === "oracle")?.state === "degraded";
    });
    await gateway.kill();
    for (let n = 20; n < 30; n++) await say("tele/attic/SENSOR", sensor(100 + n));
    // The service is away at this start: what it said at the last one holds.
    const args = ["--config", "gateway.yaml", "--key", "gateway.key", "--url", http, "--json"];
    gateway = await startGatewayProcess(args, folder.path);
    gatewayHttp = JSON.parse(gateway.out()).http;
    await until(
      "buffering",
      async () => (await counted("fieldseal_gateway_outbox_messages")) >= 30,
    );
    await startOracle();
    const list = await until(
      "all of them",
      async () => {
        const found = await readings("r:attic:AM2301.Temperature/Cel");
        return found.length >= 31 && found;
      },
      60_000,
    );
    const values = list.map(({ value }) => Number(BigInt(value) / 10n ** 17n) / 10);
    const wanted = [21.5, ...Array.from({ length: 30 }, (_, n) => 100 + n)];
    expect(values.sort((a, b) => a - b)).to.deep.equal(wanted);
    await until("an empty outbox", async () => {
      return (await counted("fieldseal_gateway_outbox_messages")) === 0;
    });
  });

  it("shows what it would send, beside the one that runs, and ends in time", async () => {
    const dry = await startGatewayProcess(["--dry-run"], folder.path, false);
    await until("a preview", async () => {
      await say("tele/attic/SENSOR", sensor(33.25));
      return dry.out().includes("r:attic:AM2301.Temperature/Cel");
    });
    expect(await dry.stop()).to.equal(0);
    expect(await gateway.stop()).to.equal(0);
  });
});
