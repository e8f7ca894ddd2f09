import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import { type Door, type OwnDevice, strangerId, tryLogins } from "../doctor/broker/login-doors.ts";
import { tryTopics } from "../doctor/broker/topic-doors.ts";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { alignTable } from "../output/print.ts";
import { parseWhole } from "../parse-seconds.ts";

type DoctorBrokerOptions = NetworkOptions & {
  readonly key?: string;
  readonly otherKey?: string;
  readonly wait: string;
  readonly json?: boolean;
};

const topicsSkipped: Door = {
  name: "topics of others",
  state: "skip",
  found: "needs --key",
};

/** `doctor broker`: tries to break in at the broker, and says which doors are open. */
export function doctorBrokerCommand(io: CliIo): Command {
  const command = new Command("broker")
    .description("try to break in at the broker")
    .option("--key <file>", "key of an enrolled device, for what only a device can try")
    .option("--other-key <file>", "key of a second one, to see what reaches it; it must be silent")
    .option("--wait <ms>", "how long to wait for what must not arrive", "1500");
  const ownDevice = (file: string | undefined): OwnDevice | undefined => {
    if (file === undefined) return undefined;
    const key = readKeyFile(resolve(io.cwd, file));
    return { id: key.device, signer: signerOf(key) };
  };
  return networkOptions(command, ["url", "mqtt"]).action(async (options: DoctorBrokerOptions) => {
    const network = resolveNetwork(io, options);
    const service = network.need("url");
    const { broker } = await fetchInfo(service);
    const target = {
      url: network.need("mqtt"),
      exchange: broker.login === "exchange" ? service : undefined,
      audience: broker.audience,
      prefix: broker.topicPrefix,
    };
    const own = ownDevice(options.key);
    const witness = ownDevice(options.otherKey);
    const victim = witness?.id ?? strangerId();
    const waitMs = parseWhole(options.wait, "milliseconds");
    const nowS = () => Math.floor(io.nowMs() / 1000);
    const doors = await tryLogins(target, nowS(), own, victim);
    if (own === undefined) doors.push(topicsSkipped);
    else doors.push(...(await tryTopics({ target, nowS, own, victim, witness, waitMs })));
    report(io, doors, options.json === true);
  });
}

function report(io: CliIo, doors: readonly Door[], json: boolean): void {
  if (!json) io.out(`${alignTable(doors.map(({ name, state, found }) => [state, name, found]))}\n`);
  const open = doors.filter(({ state }) => state === "OPEN");
  if (open.length > 0) {
    const names = open.map(({ name }) => name).join(", ");
    throw new FieldsealError("DOOR_OPEN", `Open: ${names}.`, { doors });
  }
  if (json) io.out(`${JSON.stringify({ doors })}\n`);
}
