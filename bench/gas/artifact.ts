import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";

/** The part of a compiler's artifact that deploying and measuring needs. */
export type Artifact = {
  readonly contractName: string;
  readonly abi: readonly { readonly type: string; readonly name?: string }[];
  readonly bytecode: string;
  readonly deployedBytecode: string;
};

const read = (...path: string[]) =>
  JSON.parse(readFileSync(join(root, ...path), "utf8")) as Artifact;

/** One of our contracts, as compiled last. @param source its file below contracts/, without ".sol" */
export function ourArtifact(source: string): Artifact {
  const name = source.split("/").at(-1) ?? "";
  return read("artifacts", "contracts", `${source}.sol`, `${name}.json`);
}

/** A contract as its npm package ships it, compiled with its authors' own settings. */
export function packagedArtifact(npmPackage: string, name: string): Artifact {
  const folder = ["node_modules", ...npmPackage.split("/"), "artifacts", "contracts"];
  return read(...folder, `${name}.sol`, `${name}.json`);
}
