import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Folder → the project's other folders that it may import, from docs/architecture.md. */
const allowed: Record<string, string[]> = {
  sdk: [],
  oracle: ["sdk", "types"],
  deploy: ["contracts"],
  scripts: ["sdk", "oracle", "deploy", "types"],
  web: ["sdk"],
  examples: ["sdk"],
};

const packages: Record<string, string> = {
  "@fieldseal/sdk": "sdk",
  "@fieldseal/oracle": "oracle",
  "@fieldseal/typechain": "types",
};

type Import = { file: string; from: string; target: string };

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => /\.(ts|mts|mjs|tsx)$/.test(name) && !name.includes("node_modules"));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g);
  return [...specifiers].map(([, target = ""]) => ({
    file,
    from: file.split("/")[0] ?? "",
    target,
  }));
}

function folderOf({ file, target }: Import): string | undefined {
  if (target.startsWith(".")) {
    return relative(root, resolve(root, dirname(file), target)).split("/")[0];
  }
  const name = Object.keys(packages).find((key) => target === key || target.startsWith(`${key}/`));
  return name === undefined ? undefined : packages[name];
}

describe("imports between the project's folders", () => {
  for (const [folder, targets] of Object.entries(allowed)) {
    it(`${folder} imports only ${targets.join(", ") || "itself"}`, () => {
      const wrong = sources(folder)
        .flatMap(importsOf)
        .filter((entry) => {
          const target = folderOf(entry);
          return target !== undefined && target !== folder && !targets.includes(target);
        })
        // The launcher shares the self-installing script with `npm start`.
        .filter((entry) => entry.file !== "oracle/bin/fieldseal.mjs")
        .map(({ file, target }) => `${file} imports ${target}`);
      expect(wrong).to.deep.equal([]);
    });
  }

  it("the SDK imports node: modules and Node-only packages in sdk/src/node alone", () => {
    const wrong = sources("sdk/src")
      .filter((file) => !file.startsWith("sdk/src/node/"))
      .flatMap(importsOf)
      .filter(({ target }) => target.startsWith("node:") || target === "tiny-secp256k1")
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).to.deep.equal([]);
  });
});
