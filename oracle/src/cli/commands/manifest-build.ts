import { resolve } from "node:path";
import { Command } from "commander";
import { buildManifest } from "../../manifest/build-manifest.ts";
import type { CliIo } from "../io.ts";
import { printResult } from "../output/print.ts";

type BuildOptions = { readonly out: string; readonly json?: boolean };

/** `manifest build`: the tree over a list of devices, in a file that proofs are read from. */
export function manifestBuildCommand(io: CliIo): Command {
  return new Command("build")
    .description("make a manifest of a list of devices")
    .argument("<csv>", "list with the header serial,keyType,publicKey; keys in hex")
    .requiredOption("-o, --out <file>", "manifest to write; keep it, proofs are read from it")
    .option("--json", "print one JSON object")
    .action(async (csv: string, options: BuildOptions) => {
      const out = resolve(io.cwd, options.out);
      const { root, size } = await buildManifest(resolve(io.cwd, csv), out);
      printResult(io, options.json, { root, size, out: options.out }, [
        ["devices", String(size)],
        ["root", root],
        ["manifest", options.out],
      ]);
    });
}
