import {
  type CommandContent,
  type CommandEnvelope,
  type CommandValue,
  commandId,
  commandNonces,
  exchangeLogin,
  FieldsealError,
  grantsDomain,
  hex,
  type MqttConnection,
  type MqttLike,
  mqttJs,
  parseDeviceId,
  parsePermissions,
  platformRandom,
} from "@fieldseal/sdk";
import { sendCommand } from "@fieldseal/sdk/node";
import { Command } from "commander";
import { Wallet } from "ethers";
import { z } from "zod";
import type { CliIo } from "../io.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import { networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { signInAt } from "../network/sign-in.ts";
import { printResult } from "../output/print.ts";
import { accountKey, keyFileOption, type OwnerOptions } from "./owner-action.ts";

type CommandOptions = OwnerOptions & {
  readonly args: string;
  readonly permission: string;
  readonly challenge?: string;
  readonly life: string;
};

const usage = (message: string) => new FieldsealError("USAGE", message);

function argumentsOf(text: string): CommandContent["args"] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as { readonly [name: string]: CommandValue };
    }
  } catch {
    // Said below.
  }
  throw usage("--args takes a JSON object.");
}

async function connect(mqtt: MqttLike, username: string, password: string) {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const closed = () =>
    reject(new FieldsealError("BROKER_UNREACHABLE", "The broker ended the connection."));
  const open = mqtt.open({
    // One of the account's clients: a session of its own does not end another.
    clientId: `${username}/command`,
    username,
    password,
    onMessage: () => {},
    onClose: closed,
  });
  return { connection: await open, closed: promise };
}

const refusalSchema = z.object({ code: z.string(), message: z.string() });

/** What the service said when it gave no statement, rather than that it gave none. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof FieldsealError) || error.code !== "STATEMENT_FETCH") return error;
  const { reason } = error.details;
  try {
    const { code, message } = refusalSchema.parse(JSON.parse(String(reason)));
    return new FieldsealError(code, message, {}, { cause: error });
  } catch {
    return error;
  }
}

async function sendOver(
  connection: MqttConnection,
  closed: Promise<never>,
  send: () => Promise<CommandEnvelope>,
): Promise<CommandEnvelope> {
  try {
    return await Promise.race([send(), closed]);
  } catch (error) {
    throw refusalOf(error);
  } finally {
    await connection.close();
  }
}

/** `command`: a person commands a device: the statement is fetched, the command signed and published. */
export function commandCommand(io: CliIo): Command {
  const command = new Command("command")
    .description("send a device a signed command; what became of it, the device says in a reading")
    .argument("<device>", "the device's id")
    .argument("<name>", "the command, as unlock")
    .option("--args <json>", "its arguments, a JSON object without fractions", "{}")
    .option("--permission <names>", "the right that it needs", "command")
    .option("--challenge <hex>", "of a device without a clock, from its state topic")
    .option("--life <seconds>", "how long it is valid, at most 3600", "60");
  networkOptions(command, ["url", "mqtt"]).addOption(keyFileOption());
  return command.action(async (id: string, name: string, options: CommandOptions) => {
    const device = parseDeviceId(id);
    const args = argumentsOf(options.args);
    const permission = parsePermissions(options.permission);
    const lifeS = Number(options.life);
    if (!(lifeS >= 1 && lifeS <= 3600)) throw usage("--life takes 1 to 3600 seconds.");
    const network = resolveNetwork(io, options);
    const oracleUrl = network.need("url");
    const info = await fetchInfo(oracleUrl);
    const mqttUrl = network.get("mqtt") ?? info.broker.url;
    if (mqttUrl === null) throw new FieldsealError("OPTION_MISSING", "Name the broker: --mqtt.");
    const chainId = BigInt(info.chainId);
    const key = accountKey(io, options, chainId);
    const wallet = new Wallet(key.secret);
    const clock = { nowMs: io.nowMs };
    const { token } = await signInAt(oracleUrl, key.secret, io.nowMs());
    const { topicPrefix: prefix } = info.broker;
    const topics = [`${prefix}/${device}/command`];
    const plain = mqttJs(mqttUrl);
    const mqtt =
      info.broker.login === "exchange" ? exchangeLogin(plain, oracleUrl, { topics }) : plain;
    const { connection, closed } = await connect(mqtt, key.address, token);
    const fresh =
      options.challenge === undefined
        ? { nonce: commandNonces(io.nowMs, platformRandom)() }
        : { challenge: options.challenge };
    const sent = await sendOver(connection, closed, () =>
      sendCommand({
        commander: { kind: "account", address: key.address, wallet },
        device,
        name,
        args,
        permission,
        domain: grantsDomain(chainId, info.accessGrants),
        fresh,
        oracleUrl,
        mqtt: connection,
        prefix,
        clock,
        lifeS,
      }),
    );
    const commandHash = hex(commandId(sent));
    const expires = Number(sent.expiry);
    printResult(io, options.json, { device, command: name, id: commandHash, expires }, [
      ["sent", name],
      ["to", device],
      ["by", key.address],
      ["id", commandHash],
      ["expires", new Date(expires * 1000).toISOString()],
    ]);
  });
}
