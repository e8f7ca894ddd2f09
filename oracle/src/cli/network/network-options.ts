import type { Command } from "commander";

/** Where a command finds the chain, the log, the service and the broker. */
export type NetworkOptions = {
  readonly rpc?: string;
  readonly registry?: string;
  readonly accessGrants?: string;
  readonly log?: string;
  readonly logId?: string;
  readonly deployBlock?: string;
  readonly url?: string;
  readonly mqtt?: string;
  readonly networkFile?: string;
};

export type NetworkName = Exclude<keyof NetworkOptions, "networkFile">;

/** Each value's flag, variable and meaning. */
export const networkTable = {
  rpc: { flag: "--rpc <url>", env: "FIELDSEAL_RPC", what: "JSON-RPC URL of the chain" },
  registry: { flag: "--registry <address>", env: "FIELDSEAL_REGISTRY", what: "DeviceRegistry" },
  accessGrants: {
    flag: "--access-grants <address>",
    env: "FIELDSEAL_ACCESS_GRANTS",
    what: "AccessGrants",
  },
  log: { flag: "--log <address>", env: "FIELDSEAL_LOG", what: "ReadingLog" },
  logId: { flag: "--log-id <n>", env: "FIELDSEAL_LOG_ID", what: "id of the log" },
  deployBlock: {
    flag: "--deploy-block <n>",
    env: "FIELDSEAL_DEPLOY_BLOCK",
    what: "block of the deployment",
  },
  url: { flag: "--url <url>", env: "FIELDSEAL_URL", what: "HTTP address of the service" },
  mqtt: { flag: "--mqtt <url>", env: "FIELDSEAL_MQTT", what: "URL of the broker" },
} as const satisfies Record<NetworkName, { flag: string; env: string; what: string }>;

/** Adds the flags of the named values, `--network-file` and `--json`. */
export function networkOptions(command: Command, names: readonly NetworkName[]): Command {
  for (const name of names) {
    const { flag, env, what } = networkTable[name];
    command.option(flag, `${what} (${env})`);
  }
  return command
    .option("--network-file <file>", "network.json of a running service, for what is not given")
    .option("--json", "print one JSON object");
}
