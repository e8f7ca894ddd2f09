import { resolve } from "node:path";
import { FieldsealError, registryDomain, signTyped, transferTypes } from "@fieldseal/sdk";
import { Command } from "commander";
import { type Acceptance, readAcceptance } from "../files/acceptance-file.ts";
import { type DeviceKey, readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { knownDevice, type RegistrySession, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { currentNonce, refuseStaleKey } from "./device-action.ts";
import {
  keyArgument,
  type OwnerOptions,
  openOwner,
  ownerOptions,
  signatureArgument,
} from "./owner-action.ts";

type TransferOptions = OwnerOptions & {
  readonly key: string;
  readonly to: string;
  readonly acceptance: string;
};

/** @throws ACCEPTANCE_MISMATCH when the file is about another device, registry or new owner */
function refuseForeign(
  accepted: Acceptance,
  session: RegistrySession,
  key: DeviceKey,
  options: TransferOptions,
): void {
  const fits =
    accepted.device === key.device &&
    accepted.chainId === session.chainId &&
    accepted.registry === session.registry &&
    accepted.to === options.to.toLowerCase();
  if (fits) return;
  throw new FieldsealError(
    "ACCEPTANCE_MISMATCH",
    `${options.acceptance} is the word of ${accepted.to} on ${accepted.device} in registry ${accepted.registry} on chain ${accepted.chainId}.`,
  );
}

/** @throws ACCEPTANCE_STALE when the device has moved on since it was signed, or its time is over */
async function refuseStale(accepted: Acceptance, session: RegistrySession, ownerEpoch: number) {
  const fresh =
    accepted.ownerEpoch === ownerEpoch &&
    accepted.nonce === (await currentNonce(session, accepted.device)) &&
    accepted.deadline >= (await session.blockTimeS());
  if (fresh) return;
  throw new FieldsealError(
    "ACCEPTANCE_STALE",
    "The acceptance is out of time, or the device was rotated or transferred since.",
  );
}

/** `device transfer`: owner and device hand the device to another account, which signed that it takes it. */
export function deviceTransferCommand(io: CliIo): Command {
  const command = new Command("transfer")
    .description("hand a device to another owner; every grant and signature made before is void")
    .requiredOption("--key <file>", "the device's key file")
    .requiredOption("--to <address>", "account of the next owner")
    .requiredOption("--acceptance <file>", "what the next owner wrote with `device accept`");
  return ownerOptions(command).action(async (options: TransferOptions) => {
    const key = readKeyFile(resolve(io.cwd, options.key));
    const accepted = readAcceptance(resolve(io.cwd, options.acceptance));
    const { session, owner } = await openOwner(io, options);
    refuseForeign(accepted, session, key, options);
    const chain = await knownDevice(session, key.device);
    refuseStaleKey(key, chain, options.key);
    await refuseStale(accepted, session, chain.ownerEpoch);
    const { device, to, ownerEpoch, nonce, deadline } = accepted;
    const signer = signerOf(key);
    const domain = registryDomain(session.chainId, session.registry);
    const value = { device, to, ownerEpoch, nonce, deadline };
    const word = signatureArgument(await signTyped(signer, domain, transferTypes, value));
    const current = keyArgument(signer.publicKey);
    const args = [device, current, to, nonce, deadline, word, "0x", accepted.signature];
    const { transaction, block } = await sendAction(session, owner, "transfer", args);
    const result = { device, from: owner.address, to, transaction, block };
    printResult(io, options.json, result, [
      ["transferred", device],
      ["from", owner.address],
      ["to", to],
      ["transaction", transaction],
      ["block", String(block)],
    ]);
  });
}
