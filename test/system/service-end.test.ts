import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { startAnvil, type TestChain } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { freePort } from "../support/free-port.ts";
import { startOracleProcess } from "../support/oracle-process.ts";
import { startOutageWorld } from "../support/outage-world.ts";
import { type RpcProxy, startRpcProxy } from "../support/rpc-proxy.ts";
import { temporaryFolder } from "../support/service.ts";
import { fromSources, type ServiceProcess, startService } from "../support/service-process.ts";
import { until } from "../support/until.ts";

const defects =
  'process.on("SIGUSR2",()=>{throw new Error("thrown")});process.on("SIGWINCH",()=>{void Promise.reject(new Error("rejected"))})';
const [node24 = "", main = ""] = fromSources;
const withDefects = [
  node24,
  "--import",
  `data:text/javascript,${encodeURIComponent(defects)}`,
  main,
];

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe("the end of a service", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const started: ServiceProcess[] = [];
  let node: TestChain;
  let deployment: TestDeployment;
  let proxy: RpcProxy;
  let runs = 0;

  before(async () => {
    node = await startAnvil();
    deployment = await deployOn(node);
    proxy = await startRpcProxy(node.url);
  });
  afterEach(async () => {
    proxy.decide = () => "pass";
    for (const one of started.splice(0)) {
      one.signal("SIGKILL");
      await one.ended;
    }
  });
  after(async () => {
    await proxy?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  function start(more: Record<string, string> = {}, program = fromSources): ServiceProcess {
    const environment = deployment.environment(`${folder.path}/oracle-${runs++}`, {
      FIELDSEAL_RPC: proxy.url,
      FIELDSEAL_LOG_LEVEL: "info",
      ...more,
    });
    const service = startService({ program, args: ["serve", "--json"], environment });
    started.push(service);
    return service;
  }

  async function endOf(service: ServiceProcess, signal: NodeJS.Signals = "SIGTERM") {
    const fromMs = performance.now();
    service.signal(signal);
    const code = await service.ended;
    return { code, seconds: (performance.now() - fromMs) / 1000 };
  }

  it("comes in order while devices speak: what has a receipt is there afterwards, once", async () => {
    const world = await startOutageWorld({ environment: { FIELDSEAL_LOG_LEVEL: "info" } });
    try {
      await world.begin();
      for (let round = 0; round < 3; round++) {
        const fromMs = performance.now();
        expect(await world.oracle.process.stop(), world.oracle.process.log()).to.equal(0);
        expect(performance.now() - fromMs).to.be.lessThan(10_000);
        expect(world.oracle.process.log()).to.contain('"stopped"');
        expect(world.oracle.process.log()).to.not.contain("did not end well");
        world.oracle.process = startOracleProcess(world.environment);
        expect(await world.oracle.process.ready).to.equal(true);
        const before = world.acknowledged();
        await until("acknowledging again", () => world.acknowledged() > before + 5);
      }
      await world.settle();
    } finally {
      await world.end();
    }
  });

  it("is not held up by a chain that does not answer", async () => {
    const service = start();
    await service.ready;
    proxy.decide = () => "keep request";
    await delay(1500);
    const { code, seconds } = await endOf(service, "SIGINT");
    expect(code, service.output()).to.equal(0);
    expect(seconds).to.be.lessThan(8);
  });

  it("comes at once with a second signal", async () => {
    const service = start();
    await service.ready;
    proxy.decide = () => "keep request";
    await delay(1500);
    service.signal("SIGTERM");
    await delay(300);
    const { code, seconds } = await endOf(service, "SIGINT");
    expect(code, service.output()).to.equal(130);
    expect(seconds).to.be.lessThan(1.5);
  });

  it("comes before it is ready, too", async () => {
    proxy.decide = () => "keep request";
    const service = start();
    while (!service.output().includes('"starting"')) await delay(20);
    const { code, seconds } = await endOf(service);
    expect(code, service.output()).to.equal(0);
    expect(seconds).to.be.lessThan(5);
    expect(service.output()).to.contain("stopping before the service was ready");
  });

  it("is not held up by a broker that hangs", async () => {
    const port = await freePort();
    const file = `${folder.path}/mosquitto.conf`;
    writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nuser root\n`);
    const broker = spawn("mosquitto", ["-c", file], { stdio: "ignore" });
    try {
      await until("listening", () => accepts(port));
      const service = start({ FIELDSEAL_MQTT: `mqtt://127.0.0.1:${port}` });
      await service.ready;
      broker.kill("SIGSTOP");
      const { code, seconds } = await endOf(service);
      expect(code, service.output()).to.equal(0);
      expect(seconds).to.be.lessThan(9);
    } finally {
      broker.kill("SIGKILL");
      await once(broker, "close");
    }
  });

  it("names the part that hangs, after ten seconds, and ends with 1", async () => {
    const program = fileURLToPath(new URL("../support/hanging-program.ts", import.meta.url));
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    await once(child.stdout, "data");
    const askedMs = performance.now();
    child.kill("SIGTERM");
    const [code] = await once(child, "close");
    expect(code, log).to.equal(1);
    expect(performance.now() - askedMs).to.be.within(9000, 13_000);
    const line = log.split("\n").find((one) => one.includes("STOP_TIMEOUT"));
    expect(JSON.parse(line ?? "{}")).to.include({ level: 60, part: "cellar", seconds: 10 });
  });

  for (const [signal, name, what] of [
    ["SIGUSR2", "uncaught exception", "thrown"],
    ["SIGWINCH", "unhandled rejection", "rejected"],
  ] as const) {
    it(`comes in order and with 1 after an ${name}, which is in the log with its code`, async () => {
      const service = start({}, withDefects);
      await service.ready;
      const { code, seconds } = await endOf(service, signal);
      expect(code).to.equal(1);
      expect(seconds).to.be.lessThan(10);
      const lines = service.output().split("\n");
      const [line = ""] = lines.filter((one) => one.includes(name));
      expect(JSON.parse(line)).to.include({ level: 60, code: "INTERNAL", part: "process" });
      expect(line).to.contain(what);
      expect(service.output()).to.contain('"stopped"');
    });
  }
});
