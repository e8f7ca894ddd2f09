import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { root } from "./bootstrap.mjs";
import { generateAbi } from "./generate/abi.ts";

const bin = join(root, "node_modules", ".bin");

function run(program: string, args: string[]): void {
  const result = spawnSync(join(bin, program), args, { cwd: root, encoding: "utf8" });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  throw new Error(`${program} ${args.join(" ")} failed`);
}

/** One digest of all that a step reads: files, and folders' files with one of the endings. */
function digestOf(files: string[], folder: string, ending: string): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(root, file)));
  const below = join(root, folder);
  for (const name of readdirSync(below, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(ending)) hash.update(name).update(readFileSync(join(below, name)));
  }
  return hash.digest("hex");
}

/** Does `work` unless every folder that it makes holds the stamp of this digest. */
function unlessDone(folders: string[], digest: string, work: () => void): void {
  const stamps = folders.map((folder) => join(root, folder, ".digest"));
  if (stamps.every((path) => existsSync(path) && readFileSync(path, "utf8") === digest)) return;
  work();
  for (const path of stamps) writeFileSync(path, digest);
}

function compile(): void {
  const settings = ["hardhat.config.ts", "package-lock.json"];
  unlessDone(["artifacts", "types/src"], digestOf(settings, "contracts", ".sol"), () =>
    run("hardhat", ["build", "--no-tests"]),
  );
  unlessDone(["types/dist"], digestOf([], "types/src", ".ts"), () =>
    run("tsc", ["-p", "tsconfig.types.json"]),
  );
  generateAbi();
}

/** One build at a time: Hardhat's cache bears no second. The lock ends with the process that holds it. */
function alone(work: () => void): void {
  mkdirSync(join(root, "cache"), { recursive: true });
  const lock = new Database(join(root, "cache", "build-lock.sqlite"), { timeout: 300_000 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    work();
  } finally {
    lock.close();
  }
}

/** Compiles the contracts, their TypeChain types and the ABIs of the SDK. Quick when nothing changed. */
export function build(): void {
  alone(compile);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
