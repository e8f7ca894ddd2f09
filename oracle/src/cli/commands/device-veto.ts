import { resolve } from "node:path";
import { FieldsealError, registryDomain, signTyped, vetoTypes } from "@fieldseal/sdk";
import { Command } from "commander";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { knownDevice, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { currentNonce, refuseStaleKey } from "./device-action.ts";
import { receiptRows } from "./grant-options.ts";
import {
  actionDeadline,
  keyArgument,
  type OwnerOptions,
  openOwner,
  ownerOptions,
  signatureArgument,
} from "./owner-action.ts";

/** `device veto`: the device's key forbids what its owner's account announced; any account sends it. */
export function deviceVetoCommand(io: CliIo): Command {
  const command = new Command("veto")
    .description("by the device's key, drop a recovery that its owner's account announced")
    .requiredOption("--key <file>", "the device's key file");
  return ownerOptions(command).action(async (options: OwnerOptions & { readonly key: string }) => {
    const key = readKeyFile(resolve(io.cwd, options.key));
    const { session, owner } = await openOwner(io, options);
    const chain = await knownDevice(session, key.device);
    refuseStaleKey(key, chain, options.key);
    const { device, ownerEpoch } = chain;
    const [announced, recovery] = await session.call("recoveryOf", [device]);
    if (Number(announced.kind) === 0) {
      throw new FieldsealError("RECOVERY_NONE", `No recovery of ${device} is announced.`);
    }
    const nonce = await currentNonce(session, device);
    const deadline = await actionDeadline(session);
    const signer = signerOf(key);
    const value = { device, recovery, ownerEpoch, nonce, deadline };
    const domain = registryDomain(session.chainId, session.registry);
    const word = signatureArgument(await signTyped(signer, domain, vetoTypes, value));
    const args = [device, keyArgument(signer.publicKey), nonce, deadline, word];
    const receipt = await sendAction(session, owner, "veto", args);
    printResult(io, options.json, { device, recovery, ...receipt }, [
      ["vetoed", device],
      ["announcement", String(recovery)],
      ...receiptRows(receipt),
    ]);
  });
}
