import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { type RpcProxy, startRpcProxy } from "../support/rpc-proxy.ts";
import { temporaryFolder } from "../support/service.ts";
import { fromSources, type ServiceProcess, startService } from "../support/service-process.ts";

const canary = "canary7d1e5b";

/** Marked everywhere that a URL may hold a secret. */
function marked(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//user-${canary}:password-${canary}@${host}/v3/path-${canary}-0123?token=query-${canary}`;
}

describe("secrets", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let node: TestChain;
  let deployment: TestDeployment;
  let proxy: RpcProxy;
  let mosquitto: Mosquitto;
  let service: ServiceProcess | undefined;

  before(async () => {
    node = await startAnvil();
    deployment = await deployOn(node);
    proxy = await startRpcProxy(node.url);
    mosquitto = await startMosquitto();
  });
  after(async () => {
    service?.signal("SIGKILL");
    await proxy?.stop();
    await mosquitto?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  function environment(more: Record<string, string> = {}): Record<string, string> {
    const { host } = new URL(mosquitto.url);
    return deployment.environment(`${folder.path}/oracle`, {
      FIELDSEAL_RPC: marked(proxy.url),
      FIELDSEAL_MQTT: `mqtt://user:password-${canary}@${host}`,
      FIELDSEAL_BROKER_SECRET: `secret-${canary}`,
      FIELDSEAL_LOG_LEVEL: "trace",
      ...more,
    });
  }

  function expectClean(text: string): void {
    const key = testKey(1).slice(2);
    expect(text.length).to.be.greaterThan(0);
    expect(text).not.to.contain(canary);
    expect(text.toLowerCase()).not.to.contain(key.toLowerCase());
  }

  it("are hidden even in the words of a defect that quotes them", async () => {
    const defect =
      'const e=process.env;process.on("SIGUSR2",()=>{throw new Error("no answer from "+e.FIELDSEAL_RPC+" with "+e.FIELDSEAL_OPERATOR_KEY)})';
    const [node24 = "", main = ""] = fromSources;
    const preload = `data:text/javascript,${encodeURIComponent(defect)}`;
    const program = [node24, "--import", preload, main];
    const one = startService({
      program,
      args: ["serve", "--json"],
      environment: deployment.environment(`${folder.path}/defect`, {
        FIELDSEAL_RPC: marked(proxy.url),
      }),
    });
    await one.ready;
    one.signal("SIGUSR2");
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.contain("no answer from http://[redacted]");
    expectClean(one.output());
  });

  it("are in no line at the lowest level, no answer and no metric, whatever goes wrong", async () => {
    service = startService({ args: ["serve", "--json"], environment: environment() });
    const { http = "" } = await service.ready;
    proxy.decide = (method) => (method === "eth_blockNumber" ? "keep answer" : "pass");
    await mosquitto.crash();
    await proxy.stop();
    const paths = ["/metrics", "/readyz", "/v1/info", "/v1/openapi.json", `/v1/${canary.slice(2)}`];
    for (let round = 0; round < 5; round++) {
      for (const path of paths) expectClean(await (await fetch(`${http}${path}`)).text());
      await delay(1000);
    }
    service.signal("SIGTERM");
    await service.ended;
    expectClean(service.output());
    expect(service.output()).to.contain("CHAIN_UNREACHABLE").and.to.contain("[redacted]");
    expect(service.output()).to.contain("broker connection");
  });

  it("are in no failure of a start, nor among the settings that are shown", async () => {
    const file = `${folder.path}/fieldseal.yaml`;
    writeFileSync(file, `operatorKey: "${canary}\n`, { mode: 0o600 });
    const starts: [string[], Record<string, string>][] = [
      [["serve", "--json"], {}],
      [["serve"], {}],
      [["serve"], { FIELDSEAL_RPC: `ftp://${canary}@host/${canary}` }],
      [["serve"], { FIELDSEAL_RPC: canary }],
      [["serve"], { FIELDSEAL_MQTT: `mqtt:// ${canary}` }],
      [["serve"], { FIELDSEAL_OPERATOR_KEY: canary }],
      [["serve"], { FIELDSEAL_DATABASE: `postgres://u:${canary}@127.0.0.1:9/x` }],
      [["serve", "--config", file], {}],
      [["settings"], {}],
      [["settings", "--json"], {}],
    ];
    for (const [args, more] of starts) {
      const one = startService({ args, environment: environment(more) });
      const code = await one.ended;
      expect(code, `${args.join(" ")}: ${one.output()}`).to.equal(args[0] === "settings" ? 0 : 1);
      expectClean(one.output());
      expect(one.output()).to.not.match(/\n +at /);
    }
  });
});
