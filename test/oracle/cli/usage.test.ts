import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseReading } from "../../../oracle/src/cli/publish/parse-reading.ts";
import { testKey } from "../../support/chain.ts";
import { temporaryFolder } from "../../support/service.ts";
import { runCliHere, runCliProcess } from "./fixture.ts";

const closedPort = "http://127.0.0.1:9";

describe("fieldseal, written by a person", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const run = (args: string[], env: Record<string, string> = {}) =>
    runCliHere(args, folder.path, env);

  it("is a process that ends with the code of its command and shows no stack", async () => {
    const wrong = await runCliProcess(["verify", "none.json"], folder.path);
    expect(wrong).to.deep.include({ code: 1, out: "" });
    expect(wrong.err).to.match(/^FILE_UNREADABLE {2}.+\n +.+\n$/);
    const misspelt = await runCliProcess(["verifi"], folder.path);
    expect(misspelt).to.deep.include({ code: 2, out: "" });
  });

  it("shows its commands when called without one, and ends with 2", async () => {
    const { code, out } = await run([]);
    expect(code).to.equal(2);
    for (const name of ["device", "publish", "proof", "verify", "audit", "doctor"]) {
      expect(out).to.contain(name);
    }
    expect((await run(["--help"])).code).to.equal(0);
  });

  it("answers a mistake with one line and its cure, never a stack, and ends with 2", async () => {
    const cases: [string[], string][] = [
      [["device", "nuw"], "USAGE"],
      [["device", "new"], "USAGE"],
      [["verify", "proof.json", "--nonsense"], "USAGE"],
      [["device", "show", `0x${"12".repeat(20)}`], "OPTION_MISSING"],
      [["device", "show"], "OPTION_MISSING"],
      [["device", "show", `0x${"12".repeat(20)}`, "--rpc", closedPort, "--registry", "x"], "USAGE"],
      [["proof", "get", "--url", closedPort], "OPTION_MISSING"],
      [["device", "new", "dev.json", "--chain-id", "mainnet"], "USAGE"],
    ];
    for (const [args, wanted] of cases) {
      const { code, out, err } = await run(args);
      expect([code, out], args.join(" ")).to.deep.equal([2, ""]);
      expect(err, args.join(" ")).to.match(new RegExp(`^${wanted}  .+\\n +.+\\n$`));
    }
  });

  it("answers what fails outside with its code, and ends with 1", async () => {
    writeFileSync(join(folder.path, "broken.json"), "{");
    const cases: [string[], string][] = [
      [["verify", "none.json"], "FILE_UNREADABLE"],
      [["verify", "broken.json"], "FILE_FORMAT"],
      [["audit", "verify", "broken.json"], "FILE_FORMAT"],
      [["proof", "get", "--latest", "--url", closedPort], "HTTP_UNREACHABLE"],
      [["device", "token", "--key", "none.json"], "FILE_UNREADABLE"],
      [["device", "token", "--key", "broken.json"], "KEY_FILE"],
      [["serve", "--log-level", "loud"], "SETTING_INVALID"],
      [["serve", "--seal-seconds", "0"], "SETTING_INVALID"],
      [
        [
          "device",
          "show",
          `0x${"12".repeat(20)}`,
          "--rpc",
          closedPort,
          "--registry",
          `0x${"12".repeat(20)}`,
        ],
        "CHAIN_UNREACHABLE",
      ],
    ];
    for (const [args, wanted] of cases) {
      const { code, err } = await run(args);
      expect(code, args.join(" ")).to.equal(1);
      expect(err, args.join(" ")).to.match(new RegExp(`^${wanted}  .+\\n +.+\\n$`));
    }
  });

  it("refuses a variable that is no setting, which may be a setting misspelt", async () => {
    const { code, err } = await run(["serve"], { FIELDSEAL_SEAL_SECOND: "5" });
    expect(code).to.equal(1);
    expect(err).to.match(/^SETTING_UNKNOWN {2}FIELDSEAL_SEAL_SECOND /);
  });

  it("refuses a flag that is no setting and says which was probably meant", async () => {
    const { code, err } = await run(["serve", "--http-prot", "1"]);
    expect(code).to.equal(2);
    expect(err).to.match(/^USAGE {2}unknown option '--http-prot' \(Did you mean --http-port\?\)/);
  });

  it("shows the settings in force, secrets hidden, and where each comes from", async () => {
    writeFileSync(join(folder.path, "fieldseal.yaml"), "logId: 7\n");
    const args = ["settings", "--config", "fieldseal.yaml", "--http-port", "80"];
    const { code, out } = await run(args, { FIELDSEAL_OPERATOR_KEY: testKey(1) });
    expect(code).to.equal(0);
    expect(out).to.match(/^httpPort +80 +--http-port$/m);
    expect(out).to.match(/^logId +7 +.*fieldseal\.yaml: logId$/m);
    expect(out).to.match(/^mqttPort +1883 +default$/m);
    expect(out).to.match(/^operatorKey +\[redacted\] +FIELDSEAL_OPERATOR_KEY$/m);
    const asJson = await run(["settings", "--json"]);
    expect(JSON.parse(asJson.out).mqttPort).to.deep.equal({ value: 1883, from: "default" });
  });

  it("answers programs with one JSON object, failures too", async () => {
    const { code, out, err } = await run(["verify", "none.json", "--json"]);
    expect([code, err]).to.deep.equal([1, ""]);
    expect(JSON.parse(out)).to.have.all.keys("code", "message", "cure");
  });

  it("makes a key file that its owner alone may read, and never overwrites one", async () => {
    const first = await run(["device", "new", "dev.json", "--chain-id", "31337"]);
    expect(first.code, first.err).to.equal(0);
    const path = join(folder.path, "dev.json");
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const key = JSON.parse(readFileSync(path, "utf8"));
    expect(key).to.include({ format: "fieldseal-key/1", type: "p256", keyIndex: 0 });
    expect(first.out).to.contain(key.device).and.to.contain(`did:ethr:0x7a69:${key.device}`);
    expect(first.out).not.to.contain(key.secret.slice(2));
    const second = await run(["device", "new", "dev.json"]);
    expect(second.code).to.equal(1);
    expect(second.err).to.contain("FILE_EXISTS");
    expect(JSON.parse(readFileSync(path, "utf8"))).to.deep.equal(key);
  });

  it("prints a token alone on its line, for a shell to take", async () => {
    await run(["device", "new", "dev.json", "--type", "secp256k1"]);
    const token = ["device", "token", "--key", "dev.json", "--audience", "0x00/fieldseal"];
    const { code, out } = await run(token);
    expect(code).to.equal(0);
    expect(out).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const long = await run([...token, "--lifetime", "3601"]);
    expect([long.code, long.err.split(" ")[0]]).to.deep.equal([1, "LOGIN_LIFETIME"]);
  });

  it("reads .env and the network file behind options and environment", async () => {
    const address = `0x${"12".repeat(20)}`;
    writeFileSync(join(folder.path, ".env"), `FIELDSEAL_RPC=${closedPort}/from-env-file\n`);
    const show = ["device", "show", address];
    const fromDotEnv = await run([...show, "--registry", address]);
    expect(fromDotEnv.err).to.contain("CHAIN_UNREACHABLE");
    const file = {
      chainId: "31337",
      genesis: "0x00",
      rpc: "ftp://x",
      registry: address,
      accessGrants: address,
    };
    writeFileSync(
      join(folder.path, "network.json"),
      JSON.stringify({ ...file, log: address, logId: "1", deployBlock: 0 }),
    );
    const fromFile = await run([...show, "--network-file", "network.json"]);
    expect(fromFile.err).to.contain("CHAIN_URL");
    const flag = await run([...show, "--network-file", "network.json", "--rpc", closedPort]);
    expect(flag.err).to.contain("CHAIN_UNREACHABLE");
    mkdirSync(join(folder.path, "elsewhere"));
    rmSync(join(folder.path, ".env"));
    const fromEnvironment = await run([...show, "--registry", address], {
      FIELDSEAL_RPC: closedPort,
    });
    expect(fromEnvironment.err).to.contain("CHAIN_UNREACHABLE");
  });

  it("never shows an owner's key", async () => {
    writeFileSync(join(folder.path, "owner.key"), `${testKey(0)}ff`);
    await run(["device", "new", "dev.json"]);
    const args = ["device", "enrol", "--key", "dev.json", "--home", "1", "--key-file", "owner.key"];
    const { code, err } = await run([
      ...args,
      "--rpc",
      closedPort,
      "--registry",
      `0x${"12".repeat(20)}`,
    ]);
    expect(code).to.equal(1);
    expect(err).not.to.contain(testKey(0).slice(2));
  });
});

describe("readings on the command line", () => {
  it("keep every digit, and are number, boolean or text", () => {
    expect(parseReading("temperature=21.50/Cel", 5)).to.deep.equal({
      name: "temperature",
      unit: "Cel",
      timeMs: 5,
      value: "21.50",
    });
    expect(parseReading("speed=-1.5e-3/m/s", undefined)).to.deep.equal({
      name: "speed",
      unit: "m/s",
      value: "-1.5e-3",
    });
    expect(parseReading("open=true", undefined)).to.deep.equal({ name: "open", bool: true });
    expect(parseReading('note="a/b = \\"c\\""', undefined)).to.deep.equal({
      name: "note",
      text: 'a/b = "c"',
    });
  });

  it("that are nothing of these are refused", () => {
    for (const text of [
      "temperature",
      "=5",
      "a/b=5",
      "t=warm",
      "t=",
      't="open',
      't="\\x"',
      "t=0x10",
      "t=1,5",
    ]) {
      expect(() => parseReading(text, undefined), text)
        .to.throw()
        .with.property("code", "READING_SYNTAX");
    }
  });
});
