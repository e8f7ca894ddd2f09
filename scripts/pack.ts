import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./bootstrap.mjs";
import { compilePackage } from "./pack/compile-package.ts";
import { type PackageName, stagePackage } from "./pack/stage-package.ts";

const names: readonly PackageName[] = ["sdk", "oracle"];

/** Writes the packages' tarballs into `folder`. @returns their paths */
function pack(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "fieldseal-pack-"));
  try {
    const compiled = (name: PackageName) => join(scratch, "compiled", name);
    return names.map((name) => {
      const source = join(root, name, "src");
      const imports: Record<string, string> =
        name === "oracle" ? { "@fieldseal/sdk": compiled("sdk") } : {};
      compilePackage({ source, target: compiled(name), scratch, imports });
      const staged = join(scratch, "staged", name);
      stagePackage(name, compiled(name), staged);
      const args = ["pack", "--silent", "--pack-destination", folder];
      const file = execFileSync("npm", args, { cwd: staged, encoding: "utf8" }).trim();
      return join(folder, file);
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const [target = "packages"] = process.argv.slice(2);
for (const path of pack(resolve(target))) process.stdout.write(`${path}\n`);
