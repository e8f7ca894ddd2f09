// Runs on any Node >= 18 without dependencies: installs what the lockfile names when node_modules
// is missing or out of step with it, then runs the job given with the project's own Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinned = { node: "24.21.0", npm: "11.21.2" };
const stamp = join(root, "node_modules", ".fieldseal-lock");
const pinnedNode = join(root, "node_modules", ".bin", "node");

function lockDigest() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function installed() {
  return (
    existsSync(pinnedNode) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8").trim() === lockDigest()
  );
}

function pinnedEnvironment() {
  const bin = join(root, "node_modules", ".bin");
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
}

function compileContracts() {
  process.stderr.write("Compiling the contracts (half a minute) …\n");
  const build = join(root, "scripts", "build.ts");
  const { status } = spawnSync(pinnedNode, [build], {
    stdio: ["ignore", 2, 2],
    env: pinnedEnvironment(),
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the locked dependencies with the pinned Node and npm and compiles the contracts, showing progress. */
export function ensureInstalled() {
  if (installed()) return;
  const started = Date.now();
  process.stderr.write("Installing the locked dependencies (first run, about a minute) …\n");
  const args = ["-y", "-p", `node@${pinned.node}`, "-p", `npm@${pinned.npm}`, "--", "npm", "ci"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--progress=true"];
  const result = spawnSync("npx", [...args, ...quiet], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    process.stderr.write(
      "\nINSTALL_FAILED  npm could not install the dependencies; its message is above.\n" +
        "                Check that the npm registry is reachable, then run the same command again.\n",
    );
    process.exit(result.status ?? 1);
  }
  compileContracts();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${lockDigest()}\n`);
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

/** Runs `file` with the pinned Node and ends this process as that one ended. */
export function runPinned(file, args) {
  const child = spawn(pinnedNode, [file, ...args], { stdio: "inherit", env: pinnedEnvironment() });
  // The terminal sends SIGINT to the whole group; SIGTERM comes to this process alone.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [job, ...args] = process.argv.slice(2);
  ensureInstalled();
  runPinned(join(root, job), args);
}
