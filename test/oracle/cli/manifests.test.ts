import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { startFinalAnvil, testKey } from "../../support/chain.ts";
import { listedRow } from "../../support/device-list.ts";
import { temporaryFolder } from "../../support/service.ts";
import { type DeployedChain, deployedChain } from "../chain/fixture.ts";
import { runCliHere } from "./fixture.ts";

type Json = Record<string, unknown>;
const [owner, maker, buyer] = [2, 3, 4].map(testKey) as [string, string, string];
const account = (key: string) => computeAddress(key).toLowerCase();
const weekS = 7 * 86_400;

describe("fieldseal manifest, and what owners and makers do with devices", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let deployed: DeployedChain;
  let device: string;
  let other: string;
  let network: string[];

  const run = (key: string, args: readonly string[]) =>
    runCliHere(args, folder.path, { FIELDSEAL_OWNER_KEY: key });
  const here = async (key: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await run(key, args);
    expect(code, out + err).to.equal(0);
    return out;
  };
  /** A command that must succeed. */
  const done = async (key: string, ...args: string[]): Promise<Json> =>
    JSON.parse(await here(key, ...args, ...network, "--json"));
  /** A command that must fail, and what it says. */
  const failed = async (key: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await run(key, [...args, ...network]);
    expect([code > 0, out], args.join(" ")).to.deep.equal([true, ""]);
    return err;
  };
  const show = (id = device) => done(owner, "device", "show", id);
  const aWeekLater = async () => {
    await deployed.node.rpc("evm_increaseTime", weekS);
    await deployed.node.mine(1);
  };

  before(async () => {
    deployed = await deployedChain(startFinalAnvil);
    const { registry } = deployed.chain.identity;
    network = ["--rpc", deployed.node.url, "--registry", registry];
    const made: string[] = [];
    for (const name of ["dev", "second"]) {
      const out = await here(maker, "device", "new", `${name}.json`, "--json");
      const { device: id, publicKey } = JSON.parse(out);
      made.push(`${name},p256,${publicKey}`);
      if (name === "dev") device = id;
      else other = id;
    }
    const rows = ["serial,keyType,publicKey", listedRow(0), ...made, listedRow(1), listedRow(2)];
    writeFileSync(join(folder.path, "list.csv"), `${rows.join("\n")}\n`);
  });
  after(async () => {
    await deployed.stop();
    folder.remove();
  });

  it("builds a manifest, commits its maker to it and takes proofs out of it", async () => {
    const built = JSON.parse(
      await here(maker, "manifest", "build", "list.csv", "-o", "made", "--json"),
    );
    expect(built).to.include({ size: 5, out: "made" });
    const again = await run(maker, ["manifest", "build", "list.csv", "-o", "made"]);
    expect(again.err).to.match(/^FILE_EXISTS {2}/);
    const committed = await done(
      maker,
      ...["manifest", "commit", "--file", "made", "--attestation", "3", "--uri", "ipfs://list"],
    );
    expect(committed).to.include({ manifest: "1", manufacturer: account(maker), root: built.root });
    await here(maker, "manifest", "proof", "dev", "--file", "made", "-o", "dev.proof");
    const printed = JSON.parse(await here(maker, "manifest", "proof", "second", "--file", "made"));
    expect(printed).to.include({ serial: "second", root: built.root, size: 5 });
    writeFileSync(join(folder.path, "second.proof"), JSON.stringify(printed));
    const unknown = await run(maker, ["manifest", "proof", "third", "--file", "made"]);
    expect(unknown.err).to.match(/^MANIFEST_SERIAL {2}/);
  });

  it("claims a device with its proof, and with no other", async () => {
    const claim = (proof: string, manifest = "1") => [
      ...["device", "claim", "--key", "dev.json", "--proof", proof],
      ...["--manifest", manifest, "--home", "1"],
    ];
    expect(await failed(owner, ...claim("second.proof"))).to.match(/^MANIFEST_MISMATCH {2}/);
    expect(await failed(owner, ...claim("dev.proof", "2"))).to.match(/^MANIFEST_MISMATCH {2}/);
    expect(await failed(owner, ...claim("list.csv"))).to.match(/^FILE_FORMAT {2}/);
    const altered = JSON.parse(readFileSync(join(folder.path, "dev.proof"), "utf8"));
    writeFileSync(join(folder.path, "bad.proof"), JSON.stringify({ ...altered, serial: "other" }));
    expect(await failed(owner, ...claim("bad.proof"))).to.match(/RegistryManifestProof/);
    expect(await done(owner, ...claim("dev.proof"))).to.include({
      device,
      manifest: "1",
      manufacturer: account(maker),
      owner: account(owner),
      serial: "dev",
    });
    expect(await show()).to.include({ manifest: "1", attestation: 3, recalled: false });
  });

  it("vouches, declares, recalls and clears, each by who may", async () => {
    await done(owner, "device", "declare", device, "--attestation", "1");
    expect((await show()).attestation).to.equal(1);
    expect(await failed(owner, "device", "vouch", device)).to.match(
      /RegistryManufacturerSignature/,
    );
    await done(maker, "device", "vouch", device);
    expect((await show()).attestation).to.equal(3);

    const reason = ["--reason", "battery"];
    expect(await failed(owner, "device", "recall", device, ...reason)).to.match(
      /RegistryNotManufacturer/,
    );
    await done(maker, "device", "recall", device, ...reason);
    expect((await show()).recalled).to.equal(true);
    await done(maker, "device", "clear", device);
    expect((await show()).recalled).to.equal(false);
    await done(maker, "manifest", "recall", "1", ...reason);
    expect((await show()).recalled).to.equal(true);
    await done(maker, "manifest", "end-recall", "1");
    expect((await show()).recalled).to.equal(false);
    expect(await failed(maker, "manifest", "recall", "one", ...reason)).to.match(/^USAGE {2}/);
  });

  it("recovers a device whose key file is gone, by the same command a week later", async () => {
    const recover = ["device", "recover", device, "--new-key", "next.json", "--compromised"];
    expect(await done(owner, ...recover)).to.include({ done: "announced" });
    expect(await failed(owner, ...recover)).to.match(/^RECOVERY_WAITS {2}.*from 20/);
    await aWeekLater();
    expect(await done(owner, ...recover)).to.include({ done: "recovered" });
    const shown = await done(owner, "device", "show", "--key", "next.json");
    expect(shown).to.include({ device, keyIndex: 1, keyIsCurrent: true, attestation: 2 });
    expect(await failed(owner, ...recover)).to.match(/^FILE_EXISTS {2}/);
  });

  it("vetoes by the device's key what its owner's account announced", async () => {
    const veto = ["device", "veto", "--key", "next.json"];
    expect(await failed(buyer, ...veto)).to.match(/^RECOVERY_NONE {2}/);
    await done(owner, "device", "recover", device, "--to", account(buyer));
    expect(await failed(buyer, "device", "veto", "--key", "dev.json")).to.match(
      /^KEY_FILE_STALE {2}/,
    );
    await done(buyer, ...veto);
    await aWeekLater();
    expect(await failed(buyer, "device", "recover", device, "--take")).to.match(
      /^RECOVERY_NONE {2}/,
    );
  });

  it("hands over a device without its key, unless the owner takes it back", async () => {
    await done(owner, "device", "recover", device, "--to", account(buyer));
    await done(owner, "device", "recover", device, "--cancel");
    expect(await failed(owner, "device", "recover", device, "--cancel")).to.match(
      /RegistryNoRecovery/,
    );
    await done(owner, "device", "recover", device, "--to", account(buyer));
    expect(await failed(buyer, "device", "recover", device, "--take")).to.match(
      /^RECOVERY_WAITS {2}/,
    );
    await aWeekLater();
    await done(buyer, "device", "recover", device, "--take");
    expect((await show()).owner).to.equal(account(buyer));
    expect(await failed(owner, "device", "recover", device)).to.match(/^USAGE {2}/);
  });

  it("names the registry in which a device goes on", async () => {
    await done(owner, "device", "enrol", "--key", "second.json", "--home", "0");
    const elsewhere = account(maker);
    expect(await done(owner, "device", "successor", other, elsewhere)).to.include({
      successor: elsewhere,
    });
    await done(owner, "device", "successor", other, "none");
    expect(await failed(owner, "device", "successor", other, network[3] ?? "")).to.match(
      /RegistrySuccessor/,
    );
  });
});
