import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bootstrap.mjs";

/** Workspaces that are published, in the order in which they depend on each other. */
export type PackageName = "sdk" | "oracle";

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
};

/** `./src/x.ts` as it is once compiled. */
function published(path: string) {
  const compiled = path.replace("./src/", "./dist/");
  return { types: compiled.replace(/\.ts$/, ".d.ts"), default: compiled.replace(/\.ts$/, ".js") };
}

/** What a workspace's manifest says once it is published: compiled files in place of sources. */
function publishedManifest(manifest: Manifest): Manifest {
  const paths = Object.entries(manifest.exports).map(([key, path]) => [key, published(path)]);
  return {
    ...manifest,
    engines: { node: ">=24" },
    sideEffects: false,
    files: ["dist", ...(manifest.bin === undefined ? [] : ["bin"])],
    exports: { ...Object.fromEntries(paths), "./package.json": "./package.json" },
  };
}

/**
 * Puts together what `npm pack` packs.
 * @param compiled Folder with the compiled sources
 * @param target Folder of the package; made here
 */
export function stagePackage(name: PackageName, compiled: string, target: string): void {
  const from = join(root, name);
  mkdirSync(target, { recursive: true });
  const manifest: Manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  const text = JSON.stringify(publishedManifest(manifest), null, 2);
  writeFileSync(join(target, "package.json"), `${text}\n`);
  copyFileSync(join(from, "README.md"), join(target, "README.md"));
  copyFileSync(join(root, "LICENSE"), join(target, "LICENSE"));
  cpSync(compiled, join(target, "dist"), { recursive: true });
  if (manifest.bin === undefined) return;
  mkdirSync(join(target, "bin"));
  for (const path of Object.values(manifest.bin)) {
    // The checkout's launcher brings its own Node; an installed one uses the user's.
    cpSync(join(root, "scripts", "pack", "launcher.mjs"), join(target, path));
  }
}
