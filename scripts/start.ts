import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readSettings, type Settings } from "@fieldseal/oracle";
import pino from "pino";
import { accountKey, loadAccountKey } from "../oracle/src/chain/keys.ts";
import { environmentOf } from "../oracle/src/cli/network/environment.ts";
import { type NetworkFile, writeNetworkFile } from "../oracle/src/cli/network/network-file.ts";
import { failureOf } from "../oracle/src/cli/output/failure.ts";
import { alignRows } from "../oracle/src/cli/output/print.ts";
import { systemClock } from "../oracle/src/internal/clock.ts";
import { loop } from "../oracle/src/internal/loop.ts";
import { createMetrics } from "../oracle/src/internal/metrics.ts";
import { Shutdown } from "../oracle/src/internal/shutdown.ts";
import { type Oracle, startOracle } from "../oracle/src/service/start-oracle.ts";
import { build } from "./build.ts";
import { developmentKey } from "./deploy/development-key.ts";
import { ownChainTarget, resolveTarget, type Target } from "./deploy/target.ts";
import { hostLog } from "./devices/host-log.ts";
import { readStartArguments, type StartArguments, usage } from "./start/arguments.ts";
import { enrolDevices, runDevices, startDevices } from "./start/devices.ts";
import { elsewhereIfTaken } from "./start/elsewhere-if-taken.ts";
import { startLocalNode } from "./start/local-node.ts";
import { networkFileOf, prepareNetwork } from "./start/network.ts";
import { tellCheckpoints } from "./start/tell-checkpoints.ts";

const say = (text: string) => process.stdout.write(`${text}\n`);
const startedMs = Date.now();

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  process.stdout.write(`${what.padEnd(34)} `);
  const fromMs = Date.now();
  try {
    const result = await work();
    say(`${((Date.now() - fromMs) / 1000).toFixed(1).padStart(5)} s`);
    return result;
  } catch (error) {
    say("failed");
    throw error;
  }
}

const environment = environmentOf({
  out: say,
  err: say,
  env: process.env,
  cwd: process.cwd(),
  nowMs: () => Date.now(),
});

function settingsFor(
  { mqtt }: StartArguments,
  network: NetworkFile,
  { key }: Target,
  folder: string,
  ports: { http: number; mqtt: number },
): Settings {
  const quick = { FIELDSEAL_SEAL_SECONDS: "10", FIELDSEAL_LOG_LEVEL: "info" };
  return readSettings(
    { ...quick, ...environment },
    {
      dataFolder: join(folder, "oracle"),
      rpcUrl: network.rpc,
      registry: network.registry,
      accessGrants: network.accessGrants,
      readingLog: network.log,
      logId: network.logId,
      deployBlock: String(network.deployBlock),
      operatorKey: key.secret,
      httpPort: String(ports.http),
      mqttPort: String(ports.mqtt),
      ...(mqtt === undefined ? {} : { mqttUrl: mqtt }),
    },
  );
}

function ownerOf({ rpc }: StartArguments, { local, key, chainId }: Target) {
  const variable = "FIELDSEAL_OWNER_KEY";
  if (rpc !== undefined && environment[variable] !== undefined) {
    return loadAccountKey({ variable, environment }, chainId);
  }
  return local ? accountKey(developmentKey(1), variable) : key;
}

function tellWhere(network: NetworkFile, oracle: Oracle, folder: string, local: boolean): void {
  const account = [
    ["owner to try with", `FIELDSEAL_OWNER_KEY=${developmentKey(2)}`],
    ["", "(a publicly known key: refused on every chain but a local one)"],
  ] as const;
  say("");
  say(
    alignRows([
      ["chain", `${network.rpc}  id ${network.chainId}`],
      ["DeviceRegistry", network.registry],
      ["AccessGrants", network.accessGrants],
      ["ReadingLog", `${network.log}  log ${network.logId}`],
      ["operator", oracle.operator],
      ["broker", oracle.mqtt],
      ["HTTP", oracle.http],
      ["network file", networkFileOf(folder)],
      ...(local ? account : []),
    ]),
  );
}

function verifyCommands(network: NetworkFile, { http }: Oracle): string {
  const pin = `--rpc ${network.rpc} --log ${network.log} --log-id ${network.logId}`;
  return `npx fieldseal proof get --url ${http} --latest -o proof.json && npx fieldseal verify proof.json ${pin}`;
}

async function run(args: StartArguments, shutdown: Shutdown): Promise<void> {
  await timed("contracts and types", build);
  const folder =
    args.data === undefined ? mkdtempSync(join(tmpdir(), "fieldseal-")) : resolve(args.data);
  mkdirSync(folder, { recursive: true });
  const chainUrl =
    args.rpc ??
    (await timed("local chain", async () => {
      const node = await startLocalNode(8545);
      shutdown.add("local chain", () => node.stop());
      return node.url;
    }));
  const target =
    args.rpc === undefined
      ? await ownChainTarget(chainUrl)
      : await resolveTarget("custom", args.rpc);
  const network = await timed("contracts on the chain", () => prepareNetwork(folder, target));
  const log = hostLog({ clock: systemClock });
  const devices = startDevices(folder, log);
  await timed("devices enrolled", () => enrolDevices(devices, network, ownerOf(args, target)));
  const { port } = args;
  const settingsOn = (http: number) => {
    const mqtt = http === 0 ? 0 : port === undefined ? 1883 : http + 1;
    return settingsFor(args, network, target, folder, { http, mqtt });
  };
  const settings = settingsOn(port ?? 8420);
  const common = {
    log: pino({ level: settings.logLevel }, log),
    clock: systemClock,
    metrics: createMetrics(),
  };
  const oracle = await timed("oracle", () =>
    port === undefined
      ? elsewhereIfTaken((wished) => startOracle(settingsOn(wished), common), 8420)
      : startOracle(settings, common),
  );
  shutdown.add("oracle", () => oracle.stop());
  writeNetworkFile(networkFileOf(folder), { ...network, http: oracle.http, mqtt: oracle.mqtt });
  shutdown.add(
    "devices",
    await runDevices({
      devices,
      oracle,
      authority: settings.brokerAuthority,
      prefix: settings.topicPrefix,
      broker: settings.mqttUrl ?? oracle.mqtt,
      onError: (device, text) => say(`${device}  ${text}`),
    }),
  );
  tellWhere(network, oracle, folder, target.local);
  const names = devices.map(({ name, type, key }) => [name, `${key.device}  ${type}`] as const);
  say(`\n${alignRows(names)}`);
  say(
    `\nReady after ${((Date.now() - startedMs) / 1000).toFixed(1)} s. First checkpoint within ${settings.sealSeconds + 5} s; Ctrl-C ends.\n`,
  );
  const onFirst = () =>
    say(
      `\nVerify the newest reading, trusting only the chain:\n  ${verifyCommands(network, oracle)}\n`,
    );
  const telling = loop(tellCheckpoints(oracle.http, say, onFirst), {
    signal: shutdown.signal,
    onError: () => 2000,
  });
  shutdown.add("checkpoint lines", () => telling.done);
}

const shutdown = new Shutdown();
const end = async (exitCode: number) => {
  await shutdown.end((name, error) => process.stderr.write(`${name}: ${String(error)}\n`));
  process.exit(exitCode);
};
process.once("SIGINT", () => void end(0));
process.once("SIGTERM", () => void end(0));

try {
  const args = readStartArguments(process.argv.slice(2));
  if (args === undefined) process.stdout.write(usage);
  else await run(args, shutdown);
} catch (error) {
  const { code, message, cure, exitCode } = failureOf(error);
  process.stderr.write(`${code}  ${message}\n${" ".repeat(code.length)}  ${cure}\n`);
  await end(exitCode);
}
