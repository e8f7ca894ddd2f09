import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bootstrap.mjs";

export type CompileOptions = {
  /** Folder of the workspace's sources. */
  readonly source: string;
  /** Folder for `.js` and `.d.ts`. */
  readonly target: string;
  /** Scratch folder for the compiler's configuration. */
  readonly scratch: string;
  /** Compiled packages that the sources import: name → the folder with their declarations. */
  readonly imports: Readonly<Record<string, string>>;
};

/** Import paths in declarations keep their `.ts`, which a package has none of. */
function renameImports(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1"));
  }
}

/** Compiles a workspace to modules that Node and browsers run, with types beside them. */
export function compilePackage({ source, target, scratch, imports }: CompileOptions): void {
  const paths = Object.entries(imports).flatMap(([name, folder]) => [
    [name, [join(folder, "index.d.ts")]],
    [`${name}/*`, [join(folder, "*", "index.d.ts")]],
  ]);
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: source,
      outDir: target,
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
      paths: Object.fromEntries(paths),
    },
    include: [source],
    exclude: [],
  };
  const file = join(scratch, "tsconfig.json");
  writeFileSync(file, JSON.stringify(config));
  execFileSync("tsc", ["-p", file], { stdio: ["ignore", 2, 2] });
  renameImports(target);
}
