import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import type { Artifact, ArtifactResolver, BuildInfo } from "@nomicfoundation/ignition-core";
import { root } from "../bootstrap.mjs";

const folder = join(root, "artifacts");

function artifactPath(contractName: string): string {
  const contracts = join(folder, "contracts");
  const names = existsSync(contracts)
    ? readdirSync(contracts, { recursive: true, encoding: "utf8" })
    : [];
  const found = names.find((name) =>
    name.endsWith(join(`${contractName}.sol`, `${contractName}.json`)),
  );
  if (found === undefined) {
    const message = `No artifact of ${contractName}: the contracts are not compiled.`;
    throw new FieldsealError("ARTIFACTS_MISSING", message, { contractName });
  }
  return join(contracts, found);
}

/** A compiled contract. @throws ARTIFACTS_MISSING */
export async function readArtifact(contractName: string): Promise<Artifact> {
  return JSON.parse(await readFile(artifactPath(contractName), "utf8"));
}

/** Compiled contracts as Ignition asks for them. */
export const artifactResolver: ArtifactResolver = {
  loadArtifact: readArtifact,
  async getBuildInfo(contractName): Promise<BuildInfo | undefined> {
    const { buildInfoId } = await readArtifact(contractName);
    if (buildInfoId === undefined) return undefined;
    const path = join(folder, "build-info", `${buildInfoId}.json`);
    return existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : undefined;
  },
};
