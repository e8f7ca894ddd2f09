import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { root } from "../bootstrap.mjs";

/** Compiles what is deployed, if it changed. @throws ARTIFACTS_MISSING with the compiler's words */
export function compileContracts(): void {
  const hardhat = join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  const args = [hardhat, "build", "--no-tests"];
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (result.status === 0) return;
  const message = `The contracts do not compile:\n${result.stdout}${result.stderr}`;
  throw new FieldsealError("ARTIFACTS_MISSING", message);
}
