import { readFileSync } from "node:fs";
import { expect } from "chai";

type Locked = {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
};

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
const packages = Object.entries(lock.packages as Record<string, Locked>);
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("the lockfile", () => {
  it("names the optional packages of every platform, without which npm ci refuses it", () => {
    const names = new Set(packages.map(([path]) => path.replace(/^.*node_modules\//, "")));
    const missing = packages.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !names.has(name)),
    );
    expect(missing).to.deep.equal([]);
  });

  it("names no registry", () => {
    const hosts = packages.filter(([, { resolved }]) => resolved?.startsWith("http"));
    expect(hosts.map(([path]) => path)).to.deep.equal([]);
  });

  it("holds exact versions of every direct dependency", () => {
    const loose = Object.entries(manifest.devDependencies as Record<string, string>).filter(
      ([, version]) => !/^\d+\.\d+\.\d+/.test(version),
    );
    expect(loose).to.deep.equal([]);
  });
});
