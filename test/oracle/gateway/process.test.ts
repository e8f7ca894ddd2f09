import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { deviceIdOf, generateKey, hex } from "@fieldseal/sdk";
import { expect } from "chai";
import { temporaryFolder } from "../../support/service.ts";
import { type ServiceProcess, startService } from "../../support/service-process.ts";
import { until } from "../../support/until.ts";
import { runCliHere } from "../cli/fixture.ts";

const canary = "canary7d1e5b";

/** A broker that says nothing, or nothing after it let somebody in. */
async function startDeafBroker(): Promise<{
  port: number;
  greets: boolean;
  stop(): void;
  /** Connections of those who said something. */
  callers(): number;
}> {
  const sockets = new Set<Socket>();
  let callers = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      callers += 1;
      if (broker.greets) socket.write(Uint8Array.of(0x20, 2, 0, 0));
      socket.resume();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const broker = {
    port: address.port,
    greets: false,
    callers: () => callers,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return broker;
}

describe("the process of a gateway", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let broker: Awaited<ReturnType<typeof startDeafBroker>>;
  let running: ServiceProcess | undefined;
  let secret: string;

  const start = (...more: string[]) => {
    running = startService({
      cwd: folder.path,
      args: ["gateway", "--config", "gateway.yaml", "--json", ...more],
      environment: { SOURCE_PASSWORD: `variable-${canary}` },
    });
    return running;
  };

  before(async () => {
    broker = await startDeafBroker();
    const { secret: bytes, publicKey } = generateKey(2);
    const device = deviceIdOf(publicKey);
    secret = hex(bytes);
    const key = { format: "fieldseal-key/1", device, keyIndex: 0, type: "p256", secret };
    writeFileSync(join(folder.path, "gateway.key"), JSON.stringify(key), { mode: 0o600 });
    const url = `mqtt://user:password-${canary}@127.0.0.1:${broker.port}`;
    writeFileSync(
      join(folder.path, "gateway.yaml"),
      `source: { url: "${url}", passwordVariable: SOURCE_PASSWORD }\nformats: { tasmota: {} }\nhttp: { port: 0 }\nfolder: .\nlogLevel: trace\n`,
    );
    const domain = {
      name: "Fieldseal",
      version: "1",
      chainId: "31337",
      verifyingContract: `0x${"11".repeat(20)}`,
    };
    const remembered = {
      domain: `0x${"22".repeat(32)}`,
      authority: "embedded",
      topicPrefix: "fieldseal/1",
      mqtt: `mqtt://127.0.0.1:${broker.port}`,
      log: { domain, logId: "1", operators: [`0x${"33".repeat(20)}`] },
    };
    writeFileSync(join(folder.path, "deployment.json"), JSON.stringify(remembered));
  });
  afterEach(async () => {
    running?.signal("SIGKILL");
    await running?.ended;
  });
  after(() => {
    broker.stop();
    folder.remove();
  });

  it("ends in order within its time while both brokers hang, and shows no secret at the lowest level", async () => {
    const gateway = start("--key", "gateway.key", "--url", "http://127.0.0.1:1");
    const { http } = await gateway.ready;
    const { ready, checks } = (await (await fetch(`${http}/readyz`)).json()) as {
      ready: boolean;
      checks: { name: string; state: string; since: string }[];
    };
    expect(ready).to.equal(false);
    expect(checks.map(({ name, state }) => `${name} ${state}`)).to.deep.equal([
      "source failing",
      "oracle degraded",
      "outbox ok",
      "outboxRoom ok",
      "rawStore ok",
    ]);
    for (const { since } of checks) expect(Date.parse(since)).to.be.greaterThan(0);
    const metrics = await (await fetch(`${http}/metrics`)).text();
    expect(metrics).to.include('fieldseal_gateway_check_ok{check="source"} 0');
    expect(metrics).to.match(/fieldseal_gateway_log_lines_total\{level="error"\} [1-9]/);
    await until("calls at both brokers", () => broker.callers() >= 2);
    const begunMs = performance.now();
    gateway.signal("SIGTERM");
    expect(await gateway.ended, gateway.output()).to.equal(0);
    expect(performance.now() - begunMs).to.be.lessThan(5000);
    const said = `${gateway.output()}${metrics}`;
    expect(said).to.include("stopped");
    expect(said).not.to.include(canary);
    expect(said).not.to.include(secret.slice(2));
  });

  it("ends in its time where both brokers let it in and then say no more", async () => {
    broker.greets = true;
    const before = broker.callers();
    const gateway = start("--key", "gateway.key", "--url", "http://127.0.0.1:1");
    await gateway.ready;
    await until("calls at both brokers", () => broker.callers() >= before + 2);
    gateway.signal("SIGTERM");
    const begunMs = performance.now();
    expect(await gateway.ended, gateway.output()).to.equal(0);
    expect(performance.now() - begunMs).to.be.lessThan(8000);
  });

  it("names what is missing before it starts", async () => {
    const config = ["gateway", "--config", "gateway.yaml"];
    const environment = { SOURCE_PASSWORD: "x" };
    const mistakes: [string[], Record<string, string>, RegExp][] = [
      [[], environment, /^OPTION_MISSING.*--key/],
      [["--key", "none.key"], environment, /^FILE_UNREADABLE.*none\.key/],
      [["--key", "gateway.key"], {}, /^OPTION_MISSING.*SOURCE_PASSWORD/],
      [["--key", "gateway.key"], environment, /^OPTION_MISSING/],
    ];
    for (const [args, env, wanted] of mistakes) {
      const { code, err } = await runCliHere([...config, ...args], folder.path, env);
      expect(code, err).to.be.oneOf([1, 2]);
      expect(err).to.match(wanted);
    }
    const text = 'source: { url: "mqtts://b", ca: none.pem }\nformats: { tasmota: {} }';
    writeFileSync(join(folder.path, "ca.yaml"), text);
    const { err } = await runCliHere(["gateway", "--config", "ca.yaml"], folder.path, {});
    expect(err).to.match(/^FILE_UNREADABLE.*none\.pem/);
  });
});
