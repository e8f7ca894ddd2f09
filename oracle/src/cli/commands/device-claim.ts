import { resolve } from "node:path";
import {
  claimTypes,
  didOf,
  equalBytes,
  FieldsealError,
  hex,
  registryDomain,
  serialHash,
  signTyped,
} from "@fieldseal/sdk";
import { Command } from "commander";
import { type ClaimProof, readClaimProof } from "../files/claim-proof-file.ts";
import { readKeyFile, signerOf } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { type RegistrySession, sendAction } from "../network/registry-session.ts";
import { printResult } from "../output/print.ts";
import { homeOf } from "./device-enrol.ts";
import { receiptRows } from "./grant-options.ts";
import { manifestNumber } from "./manifest-recall.ts";
import {
  actionDeadline,
  keyArgument,
  type OwnerOptions,
  openOwner,
  ownerOptions,
  signatureArgument,
} from "./owner-action.ts";

type ClaimOptions = OwnerOptions & {
  readonly key: string;
  readonly manifest: string;
  readonly proof: string;
  readonly home?: string;
};

/** The manufacturer of the manifest on chain. @throws MANIFEST_MISMATCH when it is not the proof's */
async function manufacturerOf(session: RegistrySession, manifest: bigint, proof: ClaimProof) {
  const [made] = await session.call("manifestOf", [manifest]);
  if (String(made.root) === proof.root && BigInt(made.size) === BigInt(proof.size)) {
    return String(made.manufacturer).toLowerCase();
  }
  throw new FieldsealError(
    "MANIFEST_MISMATCH",
    `Manifest ${manifest} of the registry has another root or size than the proof.`,
  );
}

/** `device claim`: enrols a device that its manufacturer listed. */
export function deviceClaimCommand(io: CliIo): Command {
  const command = new Command("claim")
    .description("enrol a device that its manufacturer listed in a manifest")
    .requiredOption("--key <file>", "the device's key file")
    .requiredOption("--manifest <number>", "the manifest's number in the registry")
    .requiredOption("--proof <file>", "what the manufacturer took out with `manifest proof`")
    .option("--home <log id>", "log that the device sends its readings to");
  return ownerOptions(command).action(async (options: ClaimOptions) => {
    const key = readKeyFile(resolve(io.cwd, options.key));
    const proof = readClaimProof(resolve(io.cwd, options.proof));
    const manifest = manifestNumber(options.manifest);
    const home = homeOf(io, options);
    const signer = signerOf(key);
    if (!equalBytes(proof.key.point, signer.publicKey.point)) {
      throw new FieldsealError("MANIFEST_MISMATCH", "The proof is about another device's key.");
    }
    const { session, owner } = await openOwner(io, options);
    const manufacturer = await manufacturerOf(session, manifest, proof);
    const { device } = key;
    const deadline = await actionDeadline(session);
    const value = { device, owner: owner.address, home, manifest, manufacturer, deadline };
    const domain = registryDomain(session.chainId, session.registry);
    const item = {
      key: keyArgument(signer.publicKey),
      serial: hex(serialHash(proof.serial)),
      position: proof.position,
      path: proof.path.map(hex),
      signature: signatureArgument(await signTyped(signer, domain, claimTypes, value)),
    };
    const args = [manifest, owner.address, home, deadline, item, "0x"];
    const receipt = await sendAction(session, owner, "claim", args);
    const { transaction, block } = receipt;
    const did = didOf(session.chainId, device);
    const result = { ...value, deadline: undefined, did, serial: proof.serial, transaction, block };
    printResult(io, options.json, result, [
      ["claimed", device],
      ["DID", did],
      ["serial number", proof.serial],
      ["manifest", manifest.toString()],
      ["manufacturer", manufacturer],
      ["owner", owner.address],
      ["home log", home === 0n ? "none" : home.toString()],
      ...receiptRows(receipt),
    ]);
  });
}
