import { Command } from "commander";
import { loadAccountKey } from "../../chain/keys.ts";
import type { CliIo } from "../io.ts";
import { environmentOf } from "../network/environment.ts";
import { fetchInfo } from "../network/fetch-service.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { signInAt } from "../network/sign-in.ts";

type LoginOptions = NetworkOptions & { readonly json?: boolean };

/** `login`: signs in with Ethereum and prints the session token, alone on its line so that a shell can take it. */
export function loginCommand(io: CliIo): Command {
  const command = new Command("login").description(
    "sign in with FIELDSEAL_OWNER_KEY and print the token, for HTTP (FIELDSEAL_TOKEN) and as broker password",
  );
  return networkOptions(command, ["url"]).action(async (options: LoginOptions) => {
    const url = resolveNetwork(io, options).need("url");
    const { chainId } = await fetchInfo(url);
    const environment = environmentOf(io);
    const key = loadAccountKey({ variable: "FIELDSEAL_OWNER_KEY", environment }, BigInt(chainId));
    const { token, address, expires } = await signInAt(url, key.secret, io.nowMs());
    io.out(options.json ? `${JSON.stringify({ address, expires, token })}\n` : `${token}\n`);
  });
}
