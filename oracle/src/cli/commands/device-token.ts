import { resolve } from "node:path";
import { createLoginToken } from "@fieldseal/sdk";
import { Command } from "commander";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { parseSeconds } from "../parse-seconds.ts";

type TokenOptions = NetworkOptions & {
  readonly key: string;
  readonly audience?: string;
  readonly lifetime: string;
  readonly json?: boolean;
};

/** `device token`: a broker password, alone on its line so that a shell can take it. */
export function deviceTokenCommand(io: CliIo): Command {
  const command = new Command("token")
    .description("print a password for the broker, as for mosquitto_pub -P; user is the device id")
    .requiredOption("--key <file>", "the device's key file")
    .option("--audience <text>", "whom the token is for; else asked of --url")
    .option("--lifetime <seconds>", "how long it is valid, at most 3600", "3600");
  return networkOptions(command, ["url"]).action(async (options: TokenOptions) => {
    const key = readKeyFile(resolve(io.cwd, options.key));
    const lifetimeS = parseSeconds(options.lifetime);
    const audience =
      options.audience ??
      (await fetchInfo(resolveNetwork(io, options).need("url"))).broker.audience;
    const nowS = Math.floor(io.nowMs() / 1000);
    const signer = signerOf(key);
    const { device } = key;
    const token = await createLoginToken({ signer, device, audience, nowS, lifetimeS });
    const result = { device, audience, expiresAt: nowS + lifetimeS, token };
    io.out(options.json ? `${JSON.stringify(result)}\n` : `${token}\n`);
  });
}
