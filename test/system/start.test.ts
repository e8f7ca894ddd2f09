import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { temporaryFolder } from "../support/service.ts";
import { runStart, type StartRun } from "../support/start-run.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const cli = join(root, "oracle", "bin", "fieldseal.mjs");
const firstCheckpoint = /checkpoint {4}0/;
const newestReading =
  /npx fieldseal (proof get \S+ \S+ --latest -o )proof\.json && npx fieldseal (verify )proof\.json (.+)/;

async function fieldseal(args: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args]);
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe("npm start", () => {
  const folder = temporaryFolder();
  const runs: StartRun[] = [];
  const chains: TestChain[] = [];
  const start = (args: string[], environment?: Record<string, string>) => {
    const run = runStart(args, environment);
    runs.push(run);
    return run;
  };

  afterEach(async () => {
    await Promise.all(runs.splice(0).map((run) => run.stop()));
    await Promise.all(chains.splice(0).map((chain) => chain.stop()));
  });
  after(() => folder.remove());

  it("seals readings of both key types and prints the command that verifies the newest", async () => {
    const run = start([]);
    const [, get = "", verify = "", pin = ""] = await run.said(newestReading);
    expect(run.output()).to.match(/host +0x[0-9a-f]{40} {2}p256/);
    expect(run.output()).to.match(/weather-hourly +0x[0-9a-f]{40} {2}secp256k1/);
    const file = join(folder.path, "proof.json");
    const got = await fieldseal([...get.trim().split(" "), file]);
    expect(got.code, got.output).to.equal(0);
    const valid = await fieldseal([verify.trim(), file, ...pin.trim().split(" ")]);
    expect(valid.code, valid.output).to.equal(0);

    const proof = JSON.parse(readFileSync(file, "utf8"));
    proof.reading.time = String(BigInt(proof.reading.time) + 1n);
    writeFileSync(file, JSON.stringify(proof));
    const tampered = await fieldseal([verify.trim(), file, ...pin.trim().split(" ")]);
    expect(tampered.code).to.equal(1);
    expect(tampered.output).to.contain("PROOF_READING");
    expect(await run.stop()).to.equal(0);
  });

  it("starts twice side by side, each with ports and a folder of its own", async () => {
    const both = [start([]), start([])];
    await Promise.all(both.map((run) => run.said(firstCheckpoint)));
    const values = (pattern: RegExp) => new Set(both.map((run) => pattern.exec(run.output())?.[1]));
    expect(values(/HTTP +(\S+)/).size).to.equal(2);
    expect(values(/network file +(\S+)/).size).to.equal(2);
  });

  it("keeps its data on a chain of the user's and goes on from there", async () => {
    const anvil = await startAnvil();
    chains.push(anvil);
    const data = join(folder.path, "kept");
    const args = ["--rpc", anvil.url, "--data", data];
    const first = start(args);
    await first.said(firstCheckpoint);
    await first.stop();
    const second = start(args);
    await second.said(/checkpoint {4}[1-9]/);
    expect(second.output()).to.contain(/ReadingLog +(\S+)/.exec(first.output())?.[1]);
    await second.stop();
  });

  it("refuses a data folder that belongs to another chain, and says which", async () => {
    const anvil = await startAnvil();
    chains.push(anvil);
    const run = start(["--rpc", anvil.url, "--data", join(folder.path, "kept")]);
    expect(await run.ended).to.not.equal(0);
    expect(run.output()).to.contain("DATA_CHAIN_MISMATCH").and.to.contain("genesis");
    expect(run.output()).to.not.match(/\n +at /);
  });

  it("refuses publicly known keys on a chain that is not a local one", async () => {
    const anvil = await startAnvil(["--chain-id", "84532"]);
    chains.push(anvil);
    const environment = { FIELDSEAL_DEPLOYER_KEY: testKey(0) };
    const known = start(["--rpc", anvil.url], environment);
    expect(await known.ended).to.not.equal(0);
    expect(known.output()).to.contain("TEST_KEY_ON_PUBLIC_CHAIN");
    const none = start(["--rpc", anvil.url]);
    expect(await none.ended).to.not.equal(0);
    expect(none.output()).to.contain("KEY_MISSING");
  });

  it("uses the user's broker", async () => {
    const mosquitto = await startMosquitto();
    try {
      const run = start(["--mqtt", mosquitto.url]);
      await run.said(firstCheckpoint);
      expect(run.output()).to.contain(mosquitto.url);
      await run.stop();
    } finally {
      await mosquitto.stop();
    }
  });

  it("answers a mistake on the command line in one line", async () => {
    const run = start(["--port", "99999"]);
    expect(await run.ended).to.equal(2);
    expect(run.output())
      .to.contain("USAGE")
      .and.to.not.match(/\n +at /);
  });
});
