import { resolve } from "node:path";
import { acceptTypes, parseDeviceId, registryDomain } from "@fieldseal/sdk";
import { Command } from "commander";
import { Wallet } from "ethers";
import { writeAcceptance } from "../files/acceptance-file.ts";
import type { CliIo } from "../io.ts";
import { knownDevice } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { parseSeconds } from "../parse-seconds.ts";
import { currentNonce } from "./device-action.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type AcceptOptions = OwnerOptions & { readonly out: string; readonly lifetime: string };

/** `device accept`: the next owner signs that he takes a device; the present one sends it with `device transfer`. */
export function deviceAcceptCommand(io: CliIo): Command {
  const command = new Command("accept")
    .description("sign that you take a device over; its present owner transfers it with the file")
    .argument("<device>", "its id")
    .requiredOption("-o, --out <file>", "file to write your word to")
    .option("--lifetime <seconds>", "how long the transfer may be sent", "86400");
  return ownerOptions(command).action(async (argument: string, options: AcceptOptions) => {
    const { session, owner } = await openOwner(io, options);
    const { device, ownerEpoch, ...chain } = await knownDevice(session, parseDeviceId(argument));
    const nonce = await currentNonce(session, device);
    const deadline = (await session.blockTimeS()) + BigInt(parseSeconds(options.lifetime));
    const to = owner.address.toLowerCase();
    const { chainId, registry } = session;
    const value = { device, to, ownerEpoch, nonce, deadline };
    const wallet = new Wallet(owner.secret);
    const domain = registryDomain(chainId, registry);
    const signature = await wallet.signTypedData(domain, acceptTypes, value);
    writeAcceptance(resolve(io.cwd, options.out), { chainId, registry, ...value, signature });
    const until = new Date(Number(deadline) * 1000).toISOString();
    printResult(io, options.json, { ...value, from: chain.owner, out: options.out }, [
      ["accepted", device],
      ["from", chain.owner],
      ["to", to],
      ["until", until],
      ["written", options.out],
    ]);
  });
}
