import { resolve } from "node:path";
import { Command } from "commander";
import { openManifest } from "../../manifest/open-manifest.ts";
import { claimProofJson, writeClaimProof } from "../files/claim-proof-file.ts";
import type { CliIo } from "../io.ts";
import { toJson } from "../output/print.ts";

type ProofOptions = { readonly file: string; readonly out?: string };

/** `manifest proof`: what one device is claimed with. */
export function manifestProofCommand(io: CliIo): Command {
  return new Command("proof")
    .description("take a device's proof out of a manifest, for its owner to claim it with")
    .argument("<serial>", "the device's serial number, to the letter")
    .requiredOption("--file <manifest>", "what `manifest build` wrote")
    .option("-o, --out <file>", "file to write the proof to (else it is printed)")
    .action((serial: string, options: ProofOptions) => {
      const manifest = openManifest(resolve(io.cwd, options.file));
      try {
        const { root, size } = manifest;
        const proof = { root, size, ...manifest.proofOf(serial) };
        if (options.out === undefined) io.out(`${toJson(claimProofJson(proof))}\n`);
        else writeClaimProof(resolve(io.cwd, options.out), proof);
      } finally {
        manifest.close();
      }
    });
}
