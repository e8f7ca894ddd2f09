import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { publicNetworks } from "../../deploy/networks.ts";
import { readAddressBook } from "../../scripts/deploy/address-book.ts";
import { readDeployArguments } from "../../scripts/deploy/options.ts";
import { checkParameters } from "../../scripts/deploy/parameters.ts";
import { iotexRoute, standardRoute } from "../../scripts/deploy/probe-p256.ts";
import { ownChainTarget, resolveTarget } from "../../scripts/deploy/target.ts";
import { startAnvil, type TestChain, testKey } from "../support/chain.ts";
import { temporaryFolder } from "../support/service.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const ownKey = `0x${"4f".repeat(32)}`;

type Ended = { code: number | null; out: string; err: string };

function deployScript(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join("scripts", "deploy.ts"), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  return new Promise((done) => child.once("exit", (code) => done({ code, out, err })));
}

describe("npm run deploy", function () {
  // A process that loads Hardhat and compiles, on a machine that runs other tests.
  this.timeout(60_000);
  let node: TestChain;
  let folder: ReturnType<typeof temporaryFolder>;
  const baseSepolia = () => ({ BASE_SEPOLIA_RPC_URL: node.url });

  before(async () => {
    node = await startAnvil(["--chain-id", "84532"]);
    folder = temporaryFolder();
    await node.rpc("anvil_setBalance", computeAddress(ownKey), "0xde0b6b3a7640000");
  });
  after(async () => {
    await node.stop();
    folder.remove();
  });

  it("probes, deploys to a named network, opens a log and writes the address book", async () => {
    const operators = [testKey(1), testKey(2)].map(computeAddress).join(",");
    const args = ["--network", "baseSepolia", "--out", folder.path, "--operators", operators];
    const env = { ...baseSepolia(), FIELDSEAL_DEPLOYER_KEY: ownKey };
    const { code, out, err } = await deployScript(args, env);
    expect(code, err).to.equal(0);
    expect(out).to.match(/P-256 at 0x100 +ok +precompile/);
    expect(out).to.match(/^log +1$/m);
    expect(out).to.contain("ignition verify chain-84532 --network baseSepolia");
    const book = readAddressBook(join(folder.path, "addresses.json"));
    const { ReadingLog } = book["84532"] ?? {};
    expect(ReadingLog?.deployer).to.equal(computeAddress(ownKey).toLowerCase());
    expect(await node.rpc("eth_getCode", ReadingLog?.address, "latest")).not.to.equal("0x");
  });

  it("answers in JSON, and finds what it deployed before", async () => {
    const args = ["--rpc", node.url, "--out", folder.path, "--json"];
    const { code, out, err } = await deployScript(args, { FIELDSEAL_DEPLOYER_KEY: ownKey });
    expect(code, err).to.equal(0);
    const answer = JSON.parse(out);
    const book = readAddressBook(join(folder.path, "addresses.json"))["84532"];
    expect(answer.readingLog.address).to.equal(book?.ReadingLog?.address);
    expect(answer).to.deep.include({ chainId: "84532" });
    expect(answer.probe.ok).to.equal(true);
  });

  it("tells a person what is wrong and how to cure it", async () => {
    const env = { ...baseSepolia(), FIELDSEAL_DEPLOYER_KEY: testKey(0) };
    const { code, err } = await deployScript(["--network", "baseSepolia"], env);
    expect(code).to.equal(1);
    const [what, cure, ...rest] = err.trim().split("\n");
    expect(what).to.match(/^TEST_KEY_ON_PUBLIC_CHAIN {2}/);
    expect(cure).to.match(/^ +Make a key/);
    expect(rest).to.deep.equal([]);
  });
});

describe("deployment targets", () => {
  const names = ["FIELDSEAL_DEPLOYER_KEY", "BASE_SEPOLIA_RPC_URL", "SEPOLIA_RPC_URL"];
  const saved = new Map(names.map((name) => [name, process.env[name]]));
  let node: TestChain;

  before(async () => {
    node = await startAnvil(["--chain-id", "84532"]);
  });
  beforeEach(() => {
    for (const name of names) delete process.env[name];
    process.env.BASE_SEPOLIA_RPC_URL = node.url;
  });
  after(async () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await node.stop();
  });

  const failure = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it("take the key from the environment", async () => {
    process.env.FIELDSEAL_DEPLOYER_KEY = ownKey;
    const target = await resolveTarget("baseSepolia", undefined);
    expect(target).to.include({ chainId: 84532n, rpcUrl: node.url, local: false });
    expect(target.key.address).to.equal(computeAddress(ownKey).toLowerCase());
    expect(JSON.stringify(target.key)).not.to.contain(ownKey.slice(2));
  });

  it("take no key of the user's for a chain that was started for the run", async () => {
    process.env.FIELDSEAL_DEPLOYER_KEY = ownKey;
    const { key } = await ownChainTarget(node.url);
    expect(key.address).to.equal(computeAddress(testKey(0)).toLowerCase());
    const custom = await resolveTarget("custom", node.url);
    expect(custom.key.address).to.equal(computeAddress(ownKey).toLowerCase());
  });

  it("refuse a network that nobody knows", async () => {
    const error = await failure(() => resolveTarget("moon", undefined));
    expect(error).to.have.property("code", "NETWORK_UNKNOWN");
  });

  it("refuse a URL of another chain than the network's", async () => {
    process.env.SEPOLIA_RPC_URL = node.url;
    const error = await failure(() => resolveTarget("sepolia", undefined));
    expect(error).to.have.property("code", "CHAIN_WRONG_ID");
  });

  it("are written as exactly one of --network and --rpc", async () => {
    for (const args of [[], ["--network", "sepolia", "--rpc", "http://x"], ["--moon"]]) {
      const error = await failure(() => readDeployArguments(args));
      expect(error).to.have.property("code", "USAGE");
    }
  });

  it("open a log that needs more than two thirds of its committee unless told otherwise", () => {
    const operators = Array.from({ length: 7 }, (_, i) => `0x${"0".repeat(39)}${i + 1}`).join(",");
    const read = (...more: string[]) =>
      readDeployArguments(["--network", "sepolia", "--operators", operators, ...more]);
    expect(read()).to.include({ threshold: 5, graceSeconds: 3600, restricted: true });
    expect(read("--public")).to.include({ restricted: false });
    expect(read("--threshold", "6", "--grace", "0")).to.include({ threshold: 6, graceSeconds: 0 });
  });
});

describe("parameter files", () => {
  it("hold a P-256 route for every public network", () => {
    for (const network of Object.keys(publicNetworks)) {
      const noted = [standardRoute, iotexRoute].map(
        (route) => checkParameters(network, route)?.verdict,
      );
      expect(noted.sort(), network).to.deep.equal(["ok", "refused"]);
    }
  });

  it("are not asked for on other chains", () => {
    expect(checkParameters("custom", standardRoute)).to.equal(undefined);
  });
});
