import { resolve } from "node:path";
import {
  type DeviceLog,
  type DeviceMessage,
  FieldsealError,
  hex,
  type Outbox,
  type Reading,
  topicsOf,
} from "@fieldseal/sdk";
import { fileOutbox } from "@fieldseal/sdk/node";
import { Command, Option } from "commander";
import { type DeviceKey, readKeyFile } from "../files/key-file.ts";
import { createFile } from "../files/write-file.ts";
import type { CliIo } from "../io.ts";
import {
  type Deployment,
  type DeploymentOptions,
  resolveDeployment,
} from "../network/deployment.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { type Network, resolveNetwork } from "../network/resolve-network.ts";
import { printResult, type Row } from "../output/print.ts";
import { parseSeconds } from "../parse-seconds.ts";
import { parseReading } from "../publish/parse-reading.ts";
import { publishHttp } from "../publish/publish-http.ts";
import { publishMqtt } from "../publish/publish-mqtt.ts";
import { signNext } from "../publish/sign-next.ts";

type PublishOptions = NetworkOptions &
  DeploymentOptions & {
    readonly key: string;
    readonly http?: string;
    readonly out?: string;
    readonly encoding: "cose" | "json";
    readonly time: boolean;
    readonly timeout: string;
    readonly json?: boolean;
  };

type Publish = {
  readonly io: CliIo;
  readonly options: PublishOptions;
  readonly network: Network;
  readonly key: DeviceKey;
  readonly outbox: Outbox;
  readonly readings: readonly Reading[];
};

function committeeOf({ log }: Deployment): DeviceLog {
  if (log !== undefined) return log;
  throw new FieldsealError(
    "OPTION_MISSING",
    "Whose receipt counts is not known: give --url, or --log, --log-id and --operator.",
  );
}

async function toFile(
  { io, options, key, outbox, readings }: Publish,
  deployment: Deployment,
  out: string,
) {
  const { encoding } = options;
  const { entry, message } = await signNext(
    outbox,
    key,
    deployment.domain,
    readings,
    encoding,
    false,
  );
  createFile(resolve(io.cwd, out), entry.bytes);
  const { up } = topicsOf(deployment.topicPrefix, key.device);
  return {
    message,
    state: "written",
    rows: [
      ["file", out],
      ["topic", up],
    ] as Row[],
    topic: up,
  };
}

async function overHttp(
  { options, key, outbox, readings }: Publish,
  deployment: Deployment,
  url: string,
) {
  const log = committeeOf(deployment);
  const { encoding } = options;
  const { message } = await signNext(outbox, key, deployment.domain, readings, encoding, true);
  await publishHttp(url, key, log, outbox);
  return { message, state: "stored", rows: [], topic: undefined };
}

async function overMqtt(
  { io, options, key, outbox, readings }: Publish,
  deployment: Deployment,
  url: string,
) {
  const message = await publishMqtt({
    url,
    key,
    deployment: { ...deployment, log: committeeOf(deployment) },
    outbox,
    readings,
    encoding: options.encoding,
    nowMs: io.nowMs,
    timeoutMs: parseSeconds(options.timeout) * 1000,
  });
  return { message, state: "stored", rows: [], topic: undefined };
}

async function send(publish: Publish) {
  const { options, network } = publish;
  const { http, out } = options;
  const known: Network =
    http === undefined
      ? network
      : { ...network, get: (name) => (name === "url" ? http : network.get(name)) };
  const deployment = await resolveDeployment(known, options);
  if (out !== undefined) return toFile(publish, deployment, out);
  const mqtt = network.get("mqtt");
  if (http !== undefined) return overHttp(publish, deployment, http);
  if (mqtt !== undefined) return overMqtt(publish, deployment, mqtt);
  const url = network.get("url");
  if (url !== undefined) return overHttp(publish, deployment, url);
  throw new FieldsealError("OPTION_MISSING", "Say where to: --mqtt URL, --http URL or --out FILE.");
}

function rowsOf(message: DeviceMessage, state: string): Row[] {
  return [
    [state, message.device],
    ["key index", String(message.keyIndex)],
    ["sequence", message.sequence.toString()],
    ["root", hex(message.root)],
  ];
}

/** `publish`: signs readings with a device key and hands them in. */
export function publishCommand(io: CliIo): Command {
  const command = new Command("publish")
    .description("sign readings as a device and send them")
    .argument("<readings...>", 'as temperature=21.5/Cel, open=true, note="all quiet"')
    .requiredOption("--key <file>", "the device's key file; <file>.outbox keeps sequences and mail")
    .option("--http <url>", "hand in over HTTP")
    .option("--out <file>", "write the message for mosquitto_pub -f and send nothing")
    .addOption(
      new Option("--encoding <name>", "how the message is written")
        .choices(["cose", "json"])
        .default("cose"),
    )
    .option("--no-time", "send no time, as a device without a clock")
    .option("--operator <address...>", "operator whose receipt counts, where --url is not given")
    .option("--authority <name>", "broker authority, where --url is not given")
    .option("--topic-prefix <text>", "first levels of topics, where --url is not given")
    .option("--timeout <seconds>", "how long to wait for the receipt", "30");
  const names = ["mqtt", "url", "rpc", "registry", "log", "logId"] as const;
  return networkOptions(command, names).action(async (texts: string[], options: PublishOptions) => {
    const timeMs = options.time ? io.nowMs() : undefined;
    const readings = texts.map((text) => parseReading(text, timeMs));
    const path = resolve(io.cwd, options.key);
    const key = readKeyFile(path);
    const network = resolveNetwork(io, options);
    const outbox = await fileOutbox(`${path}.outbox`);
    try {
      const publish = { io, options, network, key, outbox, readings };
      const { message, state, rows, topic } = await send(publish);
      const { device, keyIndex, sequence } = message;
      const result = { state, device, keyIndex, sequence, root: hex(message.root), topic };
      printResult(io, options.json, { ...result, file: options.out }, [
        ...rowsOf(message, state),
        ...rows,
      ]);
    } finally {
      await outbox.close();
    }
  });
}
