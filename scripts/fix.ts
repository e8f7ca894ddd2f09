import { spawnSync } from "node:child_process";
import { root } from "./bootstrap.mjs";

const commands = [
  ["biome", "check", "--write", "."],
  ["prettier", "--log-level", "warn", "--write", "contracts/**/*.sol", "test/solidity/**/*.sol"],
  ["node", "scripts/generate.ts"],
];

for (const [program = "", ...args] of commands) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
