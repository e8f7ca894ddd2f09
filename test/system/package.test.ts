import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import { type ServiceProcess, startService } from "../support/service-process.ts";
import { until } from "../support/until.ts";

const howTo =
  "PACKED_FIELDSEAL names no folder with the packages installed. Make one: npm run pack -- /tmp/packed && cd /tmp/packed && npm init -y && npm install ./*.tgz, then set it to /tmp/packed.";

describe("the packages, installed in an empty folder", function () {
  this.timeout(180_000);
  let folder: string;
  let program: string[];
  let node: TestChain;
  let deployment: TestDeployment;
  let service: ServiceProcess | undefined;

  before(async () => {
    const installed = process.env.PACKED_FIELDSEAL;
    if (installed === undefined) throw new Error(howTo);
    folder = mkdtempSync(join(installed, "test-"));
    program = [join(installed, "node_modules", ".bin", "fieldseal")];
    node = await startAnvil();
    deployment = await deployOn(node);
  });
  after(async () => {
    service?.signal("SIGKILL");
    deployment?.provider.destroy();
    await node?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function run(...args: string[]): Promise<Record<string, unknown>> {
    const environment = { FIELDSEAL_OWNER_KEY: testKey(2) };
    const one = startService({ program, args: [...args, "--json"], cwd: folder, environment });
    expect(await one.ended, one.output()).to.equal(0);
    return JSON.parse(one.output());
  }

  it("say what they can do", async () => {
    const help = startService({ program, args: ["--help"], cwd: folder, environment: {} });
    expect(await help.ended).to.equal(0);
    expect(help.output()).to.contain("serve");
  });

  it("tell a Node that is too old, rather than fail in a way that nobody understands", async () => {
    const old =
      "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})";
    const launcher = pathToFileURL(program[0] ?? "").pathname;
    const args = ["--import", old, launcher, "--help"];
    const refused = await promisify(execFile)(process.execPath, args).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error,
    );
    expect(refused?.code).to.equal(1);
    expect(refused?.stderr).to.match(/^NODE_TOO_OLD {2}.+20\.20\.2/);
  });

  it("serve: a reading is published, sealed, and verified against the chain alone", async () => {
    const settings: Record<string, string> = {
      dataFolder: "data",
      rpcUrl: node.url,
      registry: deployment.registry,
      accessGrants: deployment.accessGrants,
      readingLog: deployment.log,
      operatorKeyFile: "operator-key",
      httpPort: "0",
      mqttPort: "0",
      sealSeconds: "1",
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`);
    writeFileSync(join(folder, "fieldseal.yaml"), lines.join(""), { mode: 0o600 });
    writeFileSync(join(folder, "operator-key"), `${testKey(1)}\n`, { mode: 0o600 });
    const args = ["serve", "--config", "fieldseal.yaml", "--json"];
    service = startService({ program, args, cwd: folder, environment: {} });
    const { http = "", mqtt = "" } = await service.ready;

    const { chainId, registry, accessGrants, log } = deployment;
    const chain = ["--rpc", node.url, "--registry", registry];
    const { device } = await run("device", "new", "dev.json", "--chain-id", String(chainId));
    await run("device", "enrol", "--key", "dev.json", ...chain, "--home", "1");
    await until("following", async () => {
      await node.mine();
      return (await fetch(`${http}/v1/devices/${device}`)).ok;
    });
    const where = ["--url", http, "--mqtt", mqtt];
    const published = await run("publish", "--key", "dev.json", "temperature=21.5/Cel", ...where);
    expect(published.state).to.equal("stored");
    await until("sealing", async () => {
      await node.mine();
      const answer = await (await fetch(`${http}/v1/checkpoints`)).json();
      return (answer as { items: { state: string }[] }).items.some(
        ({ state }) => state === "final",
      );
    });
    await run("proof", "get", "--url", http, "--latest", "-o", "proof.json");
    const verified = await run("verify", "proof.json", "--rpc", node.url, "--log", log);
    expect(verified).to.include({ valid: true, valueText: "21.5" });
    expect(accessGrants).to.match(/^0x/);

    const { version } = JSON.parse(
      readFileSync(new URL("../../oracle/package.json", import.meta.url), "utf8"),
    );
    expect(await (await fetch(`${http}/metrics`)).text()).to.contain(`version="${version}"`);
    service.signal("SIGTERM");
    expect(await service.ended, service.output()).to.equal(0);
  });

  it("bring the SDK's modules and their types", async () => {
    const text = [
      'import { verifyProof } from "@fieldseal/sdk";',
      'import { connectDevice } from "@fieldseal/sdk/node";',
      "const all: Function[] = [verifyProof, connectDevice];",
      "process.stdout.write(String(all.length));",
    ].join("\n");
    const file = join(folder, "use.mts");
    writeFileSync(file, text);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
    expect(stdout).to.equal("2");
    const root = new URL("../..", import.meta.url).pathname;
    const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--lib"];
    const tsc = join(root, "node_modules", ".bin", "tsc");
    const args = [...flags, "es2024,dom", ...types, "--ignoreConfig", file];
    const checked = await promisify(execFile)(tsc, args, { cwd: folder }).then(
      () => "",
      ({ stdout: said }: { stdout: string }) => said,
    );
    expect(checked).to.equal("");
  });
});
