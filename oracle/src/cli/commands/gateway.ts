import { join, resolve } from "node:path";
import { FieldsealError, hex } from "@fieldseal/sdk";
import { Command } from "commander";
import { type DryRunResult, dryRun } from "../../gateway/dry-run.ts";
import { createGatewayMetrics } from "../../gateway/gateway-metrics.ts";
import type { GatewaySettings } from "../../gateway/gateway-settings.ts";
import { startGateway } from "../../gateway/start-gateway.ts";
import { systemClock } from "../../internal/clock.ts";
import { type ProcessLog, processLog } from "../../internal/log/process-log.ts";
import { runProcess } from "../../internal/run-process.ts";
import { readGatewayFile } from "../files/gateway-file.ts";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import type { DeploymentOptions } from "../network/deployment.ts";
import { environmentOf } from "../network/environment.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { rememberedDeployment } from "../network/remembered-deployment.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { alignRows, printResult, toJson } from "../output/print.ts";
import { printable } from "../output/printable.ts";
import { gatewayRawCommand } from "./gateway-raw.ts";

type Options = NetworkOptions &
  DeploymentOptions & {
    readonly config?: string;
    readonly key?: string;
    readonly dryRun?: boolean;
    readonly json?: boolean;
  };

function passwordOf(io: CliIo, { source }: GatewaySettings): string | undefined {
  const { passwordVariable: name } = source;
  if (name === undefined) return undefined;
  const password = environmentOf(io)[name];
  if (password !== undefined) return password;
  throw new FieldsealError(
    "OPTION_MISSING",
    `The environment has no ${name}: source.passwordVariable.`,
  );
}

function rowsOf({
  topic,
  outcome,
  reason,
  origin,
  time,
  timeBy,
  readings = [],
  skipped = [],
}: DryRunResult) {
  const head: [string, string][] = [
    [outcome, `${topic}${reason === undefined ? "" : `  ${reason}`}`],
  ];
  if (origin !== undefined) head.push(["  origin", origin], ["  time", `${time} (${timeBy})`]);
  return [
    ...head,
    ...readings.map(({ metric, value }): [string, string] => [`  ${metric}`, value]),
    ...skipped.map(({ what, code }): [string, string] => ["  left out", `${what}  ${code}`]),
  ].map(([label, value]): [string, string] => [label, printable(value)]);
}

function endingSignal(): AbortSignal {
  const ending = new AbortController();
  process.once("SIGINT", () => ending.abort());
  process.once("SIGTERM", () => ending.abort());
  return ending.signal;
}

function logOf(
  { source, logLevel: level, logFormat: format }: GatewaySettings,
  secrets: readonly (string | undefined)[],
  onLine?: (level: string) => void,
): ProcessLog {
  const all = [source.url, ...secrets].filter((one) => one !== undefined);
  const common = { level, format, clock: systemClock, secrets: all };
  return processLog(onLine === undefined ? common : { ...common, onLine });
}

async function run(io: CliIo, options: Options, file: ReturnType<typeof readGatewayFile>) {
  const { settings, folder } = file;
  if (options.key === undefined)
    throw new FieldsealError("OPTION_MISSING", "Name the gateway's key: --key.");
  const key = readKeyFile(resolve(io.cwd, options.key));
  const network = resolveNetwork(io, options);
  const password = passwordOf(io, settings);
  const service = network.get("url");
  const metrics = createGatewayMetrics();
  const secrets = [password, hex(key.secret), network.get("rpc"), network.get("mqtt"), service];
  const own = logOf(settings, secrets, (level) => metrics.logLines.inc({ level }));
  const { log } = own;
  const operators =
    service === undefined ? undefined : async () => (await fetchInfo(service)).committee.operators;
  const start = async () => {
    const { mqtt, isRemembered, exchange, ...deployment } = await rememberedDeployment(
      network,
      options,
      join(folder, "deployment.json"),
    );
    if (isRemembered) log.warn("the service is away: going on with what it said at the last start");
    return startGateway({
      log,
      clock: { ...systemClock, nowMs: io.nowMs },
      metrics,
      settings,
      folder,
      password,
      own: {
        device: key.device,
        keyIndex: key.keyIndex,
        signer: signerOf(key),
        domain: deployment.domain,
        log: deployment.log,
        authority: deployment.authority,
        prefix: deployment.topicPrefix,
        url: mqtt,
        exchange,
        operators,
      },
    });
  };
  await runProcess({
    processLog: own,
    start,
    onReady: ({ http }) =>
      printResult(io, options.json, { device: key.device, http }, [
        ["gateway", key.device],
        ["HTTP", http],
      ]),
  });
}

/** `gateway`: a process that relays what devices say that cannot sign, until SIGINT or SIGTERM. */
export function gatewayCommand(io: CliIo): Command {
  const command = new Command("gateway")
    .description("relay devices that cannot sign, signed by the gateway's own device")
    .option("--config <file>", "the gateway's settings, YAML; docs/gateway.md", "gateway.yaml")
    .option("--key <file>", "key file of the gateway's own enrolled device")
    .option("--dry-run", "print what would be sent for each message, and send nothing")
    .option("--operator <address...>", "operator whose receipt counts, where --url is not given")
    .option("--authority <name>", "broker authority, where --url is not given")
    .option("--topic-prefix <text>", "first levels of topics, where --url is not given");
  networkOptions(command, ["mqtt", "url", "rpc", "registry", "log", "logId"]).action(
    async (options: Options) => {
      const file = readGatewayFile(io, options.config ?? "gateway.yaml");
      if (options.dryRun !== true) return run(io, options, file);
      const { settings } = file;
      const password = passwordOf(io, settings);
      await dryRun({
        log: logOf(settings, [password]).log,
        clock: { ...systemClock, nowMs: io.nowMs },
        settings,
        password,
        signal: endingSignal(),
        tell: (result) =>
          io.out(options.json ? `${toJson(result)}\n` : `${alignRows(rowsOf(result))}\n`),
      });
    },
  );
  return command.addCommand(gatewayRawCommand(io));
}
