import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./bootstrap.mjs";
import { generateAbi } from "./generate/abi.ts";

const bin = join(root, "node_modules", ".bin");

function run(program: string, args: string[]): void {
  const result = spawnSync(join(bin, program), args, { cwd: root, encoding: "utf8" });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  throw new Error(`${program} ${args.join(" ")} failed`);
}

function typesDigest(): string {
  const hash = createHash("sha256");
  const sources = join(root, "types", "src");
  for (const name of readdirSync(sources, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(".ts")) hash.update(name).update(readFileSync(join(sources, name)));
  }
  return hash.digest("hex");
}

function compileTypes(): void {
  const stamp = join(root, "types", ".digest");
  const digest = typesDigest();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  run("tsc", ["-p", "tsconfig.types.json"]);
  writeFileSync(stamp, digest);
}

/** Compiles the contracts, their TypeChain types and the ABIs of the SDK. Quick when nothing changed. */
export function build(): void {
  run("hardhat", ["build", "--no-tests"]);
  compileTypes();
  generateAbi();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
