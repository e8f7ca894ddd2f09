import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { claimTypes, deviceIdOf, hex, registryDomain, serialHash, signTyped } from "@fieldseal/sdk";
import { expect } from "chai";
import { openManifest } from "../../oracle/src/manifest/open-manifest.ts";
import { type DeployedChain, deployedChain, ownerKey } from "../oracle/chain/fixture.ts";
import { startHardhatNode } from "../support/chain.ts";
import { listedSerial, listedSigner, writeDeviceList } from "../support/device-list.ts";
import {
  farDeadline,
  keyStruct,
  type RegistryActions,
  registryActions,
  signatureStruct,
} from "../support/registry-actions.ts";
import { temporaryFolder } from "../support/service.ts";

/** A million in `npm run soak:manifest`. */
const devices = Number(process.env.FIELDSEAL_TEST_MANIFEST ?? 3_000);
const mostMemoryMb = 450;
const main = resolve(import.meta.dirname, "../../oracle/src/cli/main.ts");
const tellUsage =
  'data:text/javascript,import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,JSON.stringify(process.resourceUsage())))';

/** Builds a manifest by the command, as a process of its own: its seconds and its peak memory in MB. */
async function buildByCommand(folder: string) {
  const args = ["--import", tellUsage, main, "manifest", "build", "list.csv", "--out", "made"];
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  let told = "";
  child.stdio[3]?.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  const code = await new Promise((ended) => child.once("close", ended));
  expect(code).to.equal(0);
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(told);
  return {
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memoryMb: maxRSS / 1024,
  };
}

describe(`a manifest of ${devices} devices`, () => {
  let deployed: DeployedChain;
  let maker: RegistryActions;
  const folder = temporaryFolder();

  before(async () => {
    writeDeviceList(join(folder.path, "list.csv"), devices);
    deployed = await deployedChain(startHardhatNode);
    const { chain } = deployed;
    const { chainId, registry } = chain.identity;
    maker = registryActions(chain.provider, chainId, registry, ownerKey);
  });
  after(async () => {
    await deployed.stop();
    folder.remove();
  });

  it(`is made in less than ${mostMemoryMb} MB, however many they are`, async () => {
    const { seconds, cpuSeconds, memoryMb } = await buildByCommand(folder.path);
    process.stdout.write(
      `      ${devices} devices: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, peak memory ${memoryMb.toFixed(0)} MB\n`,
    );
    expect(memoryMb).to.be.lessThan(mostMemoryMb);
  });

  it("lets any of its devices be claimed", async () => {
    const { chainId, registry } = deployed.chain.identity;
    const made = openManifest(join(folder.path, "made"));
    await maker.send("commitManifest", made.root, made.size, 3, "");
    const manufacturer = maker.owner;
    const domain = registryDomain(chainId, registry);
    for (const i of [0, 1, 3, devices >> 1, devices - 2, devices - 1]) {
      const signer = listedSigner(i);
      const { position, path } = made.proofOf(listedSerial(i));
      const device = deviceIdOf(signer.publicKey);
      const facts = { device, owner: maker.owner, home: 1n, manifest: 1n, manufacturer };
      const word = await signTyped(signer, domain, claimTypes, { ...facts, deadline: farDeadline });
      const item = {
        key: keyStruct(signer.publicKey),
        serial: hex(serialHash(listedSerial(i))),
        position,
        path: path.map(hex),
        signature: signatureStruct(word),
      };
      await maker.send("claim", 1n, maker.owner, 1n, farDeadline, item, "0x");
      const { owner, manifest, attestation } = await maker.contract.getFunction("device")(device);
      expect([owner, manifest, attestation]).to.deep.equal([maker.owner, 1n, 3n]);
    }
    made.close();
  });
});
