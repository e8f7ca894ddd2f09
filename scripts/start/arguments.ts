import { parseArgs } from "node:util";
import { FieldsealError } from "@fieldseal/sdk";

/** What `npm start` was asked for; whatever is left out is brought along. */
export type StartArguments = {
  readonly rpc: string | undefined;
  readonly mqtt: string | undefined;
  readonly data: string | undefined;
  readonly port: number | undefined;
};

export const usage = `npm start [-- options]

  --rpc URL      use this chain; the key comes from Hardhat's keystore or .env
                 (FIELDSEAL_DEPLOYER_KEY). Without it: a local Hardhat chain
  --mqtt URL     use this broker. Without it: the embedded one
  --data FOLDER  keep everything here. Without it: a fresh folder
  --port N       port of HTTP, the broker takes N + 1. Without it: 8420, or a free
                 one if that is taken

The chain that npm start brings along ends with it, so a folder filled with it
cannot be used again: give --rpc together with --data for what shall last.
`;

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_534) return port;
  throw new FieldsealError("USAGE", `"${text}" is no port from 1 to 65534.`);
}

function urlOf(name: string, text: string | undefined, schemes: RegExp): string | undefined {
  if (text === undefined || (URL.canParse(text) && schemes.test(text))) return text;
  throw new FieldsealError("USAGE", `--${name} "${text}" is no URL that it can take.`);
}

/**
 * Reads the command line; undefined if help was asked for.
 * @throws USAGE
 */
export function readStartArguments(args: readonly string[]): StartArguments | undefined {
  const string = { type: "string" } as const;
  const options = { rpc: string, mqtt: string, data: string, port: string };
  let values: Partial<Record<keyof typeof options, string>> & { help?: boolean };
  try {
    const help = { type: "boolean", short: "h" } as const;
    ({ values } = parseArgs({ args: [...args], options: { ...options, help } }));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FieldsealError("USAGE", message, {}, { cause });
  }
  if (values.help) return undefined;
  return {
    rpc: urlOf("rpc", values.rpc, /^https?:/),
    mqtt: urlOf("mqtt", values.mqtt, /^(mqtts?|wss?):/),
    data: values.data,
    port: values.port === undefined ? undefined : portOf(values.port),
  };
}
