import { resolve } from "node:path";
import { registryDomain, rotateTypes, signTyped } from "@fieldseal/sdk";
import { Command, Option } from "commander";
import { type KeyTypeName, readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { knownDevice, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { currentNonce, refuseStaleKey } from "./device-action.ts";
import { nextKey } from "./next-key.ts";
import {
  actionDeadline,
  keyArgument,
  type OwnerOptions,
  openOwner,
  ownerOptions,
  signatureArgument,
} from "./owner-action.ts";

type RotateOptions = OwnerOptions & {
  readonly key: string;
  readonly newKey: string;
  readonly type: KeyTypeName;
  readonly compromised?: boolean;
};

/** `device rotate`: current key and owner replace the key under the same id. */
export function deviceRotateCommand(io: CliIo): Command {
  const command = new Command("rotate")
    .description("replace a device's key; its id stays")
    .requiredOption("--key <file>", "file of the current key")
    .requiredOption("--new-key <file>", "file for the next key, made if it is not there")
    .addOption(
      new Option("--type <type>", "curve of the next key")
        .choices(["p256", "secp256k1"])
        .default("p256"),
    )
    .option("--compromised", "the current key has leaked: nothing it signed is taken any more");
  return ownerOptions(command).action(async (options: RotateOptions) => {
    const current = readKeyFile(resolve(io.cwd, options.key));
    const { session, owner } = await openOwner(io, options);
    const chain = await knownDevice(session, current.device);
    refuseStaleKey(current, chain, options.key);
    const next = nextKey(resolve(io.cwd, options.newKey), chain, options.type);
    const compromised = options.compromised === true;
    const nonce = await currentNonce(session, chain.device);
    const deadline = await actionDeadline(session);
    const nextPublic = keyArgument(signerOf(next).publicKey);
    const signer = signerOf(current);
    const value = {
      device: chain.device,
      keyIndex: next.keyIndex,
      ...nextPublic,
      compromised,
      ownerEpoch: chain.ownerEpoch,
      nonce,
      deadline,
    };
    const domain = registryDomain(session.chainId, session.registry);
    const signature = await signTyped(signer, domain, rotateTypes, value);
    const rotation = {
      device: chain.device,
      current: keyArgument(signer.publicKey),
      next: nextPublic,
      compromised,
      nonce,
      deadline,
    };
    const args = [rotation, signatureArgument(signature), "0x"];
    const { transaction, block } = await sendAction(session, owner, "rotate", args);
    const { device } = chain;
    const { keyIndex } = next;
    const result = { device, keyIndex, compromised, newKey: options.newKey, transaction, block };
    printResult(io, options.json, result, [
      ["rotated", device],
      ["key index", String(keyIndex)],
      ["new key", options.newKey],
      ["old key", compromised ? "compromised: refused from now on" : "taken for the log's grace"],
      ["transaction", transaction],
      ["block", String(block)],
    ]);
  });
}
