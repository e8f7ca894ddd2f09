import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "../../../oracle/src/cli/run-cli.ts";
import { readSettings } from "../../../oracle/src/config/read-settings.ts";
import { systemClock } from "../../../oracle/src/internal/clock.ts";
import { type Oracle, startOracle } from "../../../oracle/src/service/start-oracle.ts";
import { startFinalAnvil } from "../../support/chain.ts";
import { temporaryFolder, testCommon } from "../../support/service.ts";
import { type DeployedChain, deployedChain, operator, ownerKey } from "../chain/fixture.ts";

const main = resolve(
  fileURLToPath(new URL(".", import.meta.url)),
  "../../../oracle/src/cli/main.ts",
);

/** How a run of the CLI ended. */
export type CliRun = { readonly code: number; readonly out: string; readonly err: string };

/** Runs the CLI as a process of its own, with nothing of this process's environment but `env`. */
export function runCliProcess(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<CliRun> {
  return new Promise((ended, failed) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once("error", failed);
    child.once("close", (code) => ended({ code: code ?? 1, out, err }));
  });
}

/** Runs a command in this process, for what does not hang on the process. */
export async function runCliHere(
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  nowMs = Date.now(),
): Promise<CliRun> {
  let out = "";
  let err = "";
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd,
    nowMs: () => nowMs,
  });
  return { code, out, err };
}

async function oracleOn({ node, chain }: DeployedChain, folder: string): Promise<Oracle> {
  const { registry, grants, log, logId } = chain.identity;
  const settings = readSettings({
    FIELDSEAL_DATA: join(folder, "data"),
    FIELDSEAL_RPC: node.url,
    FIELDSEAL_REGISTRY: registry,
    FIELDSEAL_ACCESS_GRANTS: grants,
    FIELDSEAL_LOG: log,
    FIELDSEAL_LOG_ID: logId.toString(),
    FIELDSEAL_OPERATOR_KEY: operator.secret,
    FIELDSEAL_MQTT_PORT: "0",
    FIELDSEAL_HTTP_PORT: "0",
    FIELDSEAL_SEAL_MESSAGES: "1",
    FIELDSEAL_SEAL_SECONDS: "1",
  });
  return startOracle(settings, { ...testCommon(), clock: systemClock });
}

/** A chain, an oracle and a folder in which commands run. */
export async function cliFixture() {
  const folder = temporaryFolder();
  const deployed = await deployedChain(startFinalAnvil);
  const oracle = await oracleOn(deployed, folder.path);
  const { registry, grants, log, logId, chainId, genesisHash } = deployed.chain.identity;
  const network = {
    chainId: chainId.toString(),
    genesis: genesisHash,
    deployBlock: 0,
    rpc: deployed.node.url,
    registry,
    accessGrants: grants,
    log,
    logId: logId.toString(),
    http: oracle.http,
    mqtt: oracle.mqtt,
  };
  return {
    path: folder.path,
    node: deployed.node,
    oracle,
    network,
    run: (args: readonly string[], env: Record<string, string> = {}) =>
      runCliHere(args, folder.path, env),
    /** Runs a command as a process of its own, which takes a second. */
    runProcess: (args: readonly string[]) => runCliProcess(args, folder.path),
    /** Runs a command that must succeed, with `--json`, and gives its object. */
    async json(args: readonly string[]): Promise<Record<string, unknown>> {
      const env = { FIELDSEAL_OWNER_KEY: ownerKey };
      const { code, out, err } = await runCliHere([...args, "--json"], folder.path, env);
      if (code !== 0) throw new Error(`exit ${code}: ${out}${err}`);
      return JSON.parse(out);
    },
    async end() {
      await oracle.stop();
      await deployed.stop();
      folder.remove();
    },
  };
}

export type CliFixture = Awaited<ReturnType<typeof cliFixture>>;
