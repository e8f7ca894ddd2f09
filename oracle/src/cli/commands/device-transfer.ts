import { resolve } from "node:path";
import { FieldsealError, registryDomain, signTyped, transferTypes } from "@fieldseal/sdk";
import { Command } from "commander";
import { isAddress } from "ethers";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { knownDevice, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { currentNonce, refuseStaleKey } from "./device-action.ts";
import {
  actionDeadline,
  keyArgument,
  type OwnerOptions,
  openOwner,
  ownerOptions,
  signatureArgument,
} from "./owner-action.ts";

type TransferOptions = OwnerOptions & { readonly key: string; readonly to: string };

/** `device transfer`: owner and device hand the device to another account. */
export function deviceTransferCommand(io: CliIo): Command {
  const command = new Command("transfer")
    .description("hand a device to another owner; every grant and signature made before is void")
    .requiredOption("--key <file>", "the device's key file")
    .requiredOption("--to <address>", "account of the next owner");
  return ownerOptions(command).action(async (options: TransferOptions) => {
    if (!isAddress(options.to)) {
      throw new FieldsealError("USAGE", `"${options.to}" is no account's address.`);
    }
    const key = readKeyFile(resolve(io.cwd, options.key));
    const { session, owner } = await openOwner(io, options);
    const { device, ownerEpoch, ...chain } = await knownDevice(session, key.device);
    refuseStaleKey(key, { device, ownerEpoch, ...chain }, options.key);
    const nonce = await currentNonce(session, device);
    const deadline = await actionDeadline(session);
    const { to } = options;
    const signer = signerOf(key);
    const domain = registryDomain(session.chainId, session.registry);
    const value = { device, to, ownerEpoch, nonce, deadline };
    const signature = await signTyped(signer, domain, transferTypes, value);
    const args = [
      device,
      keyArgument(signer.publicKey),
      to,
      nonce,
      deadline,
      signatureArgument(signature),
      "0x",
    ];
    const { transaction, block } = await sendAction(session, owner, "transfer", args);
    const result = { device, from: owner.address, to, transaction, block };
    printResult(io, options.json, result, [
      ["transferred", device],
      ["from", owner.address],
      ["to", to.toLowerCase()],
      ["transaction", transaction],
      ["block", String(block)],
    ]);
  });
}
