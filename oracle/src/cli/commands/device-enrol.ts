import { resolve } from "node:path";
import { didOf, FieldsealError } from "@fieldseal/sdk";
import { Command } from "commander";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { enrolDevice } from "../network/enrol-device.ts";
import { type NetworkOptions, networkTable } from "../network/network-options.ts";
import { resolveNetwork } from "../network/resolve-network.ts";
import { printResult } from "../output/print.ts";
import { type OwnerOptions, openOwner, ownerOptions } from "./owner-action.ts";

type EnrolOptions = OwnerOptions & { readonly key: string; readonly home?: string };

/** The home log of a device that enrols. @throws OPTION_MISSING */
export function homeOf(io: CliIo, options: NetworkOptions & { readonly home?: string }): bigint {
  const text = options.home ?? resolveNetwork(io, options).get("logId");
  if (text !== undefined && /^\d{1,19}$/.test(text)) return BigInt(text);
  throw new FieldsealError(
    "OPTION_MISSING",
    `The device's home log is not given: use --home N (0 for none), ${networkTable.logId.env} or --network-file.`,
  );
}

/** `device enrol`: the device signs for its owner, who sends the transaction. */
export function deviceEnrolCommand(io: CliIo): Command {
  const command = new Command("enrol")
    .description("enrol a device under your account")
    .requiredOption("--key <file>", "the device's key file")
    .option("--home <log id>", "log that the device sends its readings to");
  return ownerOptions(command).action(async (options: EnrolOptions) => {
    const key = readKeyFile(resolve(io.cwd, options.key));
    const home = homeOf(io, options);
    const { session, owner } = await openOwner(io, options);
    const { chainId } = session;
    const { transaction, block } = await enrolDevice(session, owner, signerOf(key), home);
    const did = didOf(chainId, key.device);
    const result = { device: key.device, did, owner: owner.address, home, transaction, block };
    printResult(io, options.json, result, [
      ["enrolled", key.device],
      ["DID", did],
      ["owner", owner.address],
      ["home log", home === 0n ? "none" : home.toString()],
      ["transaction", transaction],
      ["block", `${block}; messages are taken once it is final`],
    ]);
  });
}
