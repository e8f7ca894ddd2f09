import { resolve } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { isAddress } from "ethers";
import type { CliIo } from "../io.ts";
import { environmentOf } from "./environment.ts";
import { readNetworkFile } from "./network-file.ts";
import { type NetworkName, type NetworkOptions, networkTable } from "./network-options.ts";

/** The values a command can ask for; `need` says which one is missing and how to give it. */
export type Network = {
  get(name: NetworkName): string | undefined;
  /** @throws OPTION_MISSING */
  need(name: NetworkName): string;
};

function valuesOf(path: string): Partial<Record<NetworkName, string>> {
  const network = readNetworkFile(path);
  const { rpc, registry, accessGrants, log, logId, deployBlock, http, mqtt } = network;
  return {
    rpc,
    registry,
    accessGrants,
    log,
    logId,
    deployBlock: String(deployBlock),
    ...(http === undefined ? {} : { url: http }),
    ...(mqtt === undefined ? {} : { mqtt }),
  };
}

const checks: Partial<Record<NetworkName, (value: string) => boolean>> = {
  registry: isAddress,
  accessGrants: isAddress,
  log: isAddress,
  logId: (value) => /^[1-9]\d{0,18}$/.test(value),
  deployBlock: (value) => /^\d{1,15}$/.test(value),
  url: (value) => URL.canParse(value) && /^https?:/.test(value),
  mqtt: (value) => URL.canParse(value) && /^(mqtts?|wss?|tcp|ssl):/.test(value),
};

/**
 * Flags before the network file before the environment before `.env`.
 * @throws FILE_UNREADABLE, FILE_FORMAT for the network file, USAGE for a value that cannot be one
 */
export function resolveNetwork(io: CliIo, options: NetworkOptions): Network {
  const environment = environmentOf(io);
  const { networkFile, ...flags } = options;
  const file = networkFile === undefined ? {} : valuesOf(resolve(io.cwd, networkFile));
  const get = (name: NetworkName): string | undefined => {
    const value = flags[name] ?? file[name] ?? environment[networkTable[name].env];
    if (value === undefined || value === "") return undefined;
    if (checks[name]?.(value) === false) {
      throw new FieldsealError("USAGE", `"${value}" is not a ${networkTable[name].what}.`);
    }
    return value;
  };
  return {
    get,
    need(name) {
      const value = get(name);
      if (value !== undefined) return value;
      const { flag, env, what } = networkTable[name];
      throw new FieldsealError(
        "OPTION_MISSING",
        `The ${what} is not given: use ${flag}, ${env} or --network-file.`,
      );
    },
  };
}
