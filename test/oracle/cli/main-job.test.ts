import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeMessage, hex, scaledToDecimal } from "@fieldseal/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";
import { until } from "../../support/until.ts";
import { ownerKey } from "../chain/fixture.ts";
import { type CliFixture, cliFixture } from "./fixture.ts";

type Json = Record<string, unknown>;
const networkFile = ["--network-file", "network.json"];

describe("fieldseal, the main job", function () {
  this.timeout(120_000);
  let fixture: CliFixture;
  let device: string;

  before(async () => {
    fixture = await cliFixture();
    writeFileSync(join(fixture.path, "network.json"), JSON.stringify(fixture.network));
    device = String((await fixture.json(["device", "new", "dev.json"])).device);
    await fixture.json(["device", "enrol", "--key", "dev.json", ...networkFile]);
  });
  after(() => fixture.end());

  const file = (name: string) => join(fixture.path, name);
  const publish = (...args: string[]) =>
    fixture.json(["publish", "--key", "dev.json", ...networkFile, ...args]);

  /** Enrolment is judged once it is followed. */
  async function followed(): Promise<void> {
    for (;;) {
      const response = await fetch(`${fixture.oracle.http}/v1/devices/${device}`);
      if (response.ok) return;
      await response.text();
    }
  }

  it("shows the enrolled device, and that the key file is current", async () => {
    const shown = await fixture.json(["device", "show", "--key", "dev.json", ...networkFile]);
    expect(shown).to.include({
      device,
      status: "active",
      keyIndex: 0,
      home: "1",
      keyIsCurrent: true,
    });
  });

  it("publishes by MQTT and waits for the stored receipt; the sequence never repeats", async () => {
    await followed();
    const first = await publish("temperature=21.5/Cel");
    const second = await publish("temperature=21.6/Cel", "humidity=40/%RH");
    expect(first.state).to.equal("stored");
    expect(BigInt(String(second.sequence)) > BigInt(String(first.sequence))).to.equal(true);
  });

  it("publishes over HTTP, in JSON too", async () => {
    const { http } = fixture.network;
    const published = await publish("--http", http, "--encoding", "json", "open=true");
    expect(published.state).to.equal("stored");
  });

  it("writes the bytes of a message for another sender, and the topic they belong under", async () => {
    const written = await publish("--out", "message.bin", "temperature=5/Cel");
    expect(written.topic).to.equal(`fieldseal/1/${device}/up`);
    const message = decodeMessage(readFileSync(file("message.bin")));
    expect(message.device).to.equal(device);
    expect(message.sequence.toString()).to.equal(written.sequence);
    const response = await fetch(`${fixture.network.http}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: readFileSync(file("message.bin")),
    });
    expect(response.status).to.equal(200);
  });

  it("keeps what it could not send and sends it with the next publish", async () => {
    const failed = await fixture.run([
      "publish",
      "--key",
      "dev.json",
      ...networkFile,
      "--mqtt",
      "mqtt://127.0.0.1:9",
      "kept=1",
    ]);
    expect([failed.code, failed.err.split(" ")[0]]).to.deep.equal([1, "BROKER_UNREACHABLE"]);
    await publish("kept=2");
    const response = await fetch(`${fixture.network.http}/v1/readings?metric=kept`);
    const { items } = (await response.json()) as { items: { value: string }[] };
    const values = items.map(({ value }) => scaledToDecimal(BigInt(value))).sort();
    expect(values).to.deep.equal(["1", "2"]);
  });

  it("fetches and verifies a proof against the chain alone, and prints what was proven", async () => {
    const { sequence } = await publish("pressure=101325/Pa");
    await until("sealing", async () => {
      const url = `${fixture.network.http}/v1/proofs/${device}/0/${sequence}/0`;
      return (await fetch(url)).ok;
    });
    const got = await fixture.run([
      "proof",
      "get",
      "--latest",
      "--device",
      device,
      "-o",
      "proof.json",
      ...networkFile,
    ]);
    expect(got.code, got.err).to.equal(0);
    const { rpc, log } = fixture.network;
    const verified = await fixture.runProcess(["verify", "proof.json", "--rpc", rpc]);
    expect(verified.code, verified.err).to.equal(0);
    for (const text of [device, "pressure/Pa", "101325", "sealed at"]) {
      expect(verified.out).to.contain(text);
    }
    expect(verified.out).to.match(/trust +you trust the log that the file names/);
    const pinned = await fixture.json([
      "verify",
      "proof.json",
      "--rpc",
      rpc,
      "--log",
      log,
      "--log-id",
      "1",
    ]);
    expect(pinned).to.include({ valid: true, logPinned: true, valueText: "101325" });
  });

  it("says which part of a proof is wrong, and ends with 1", async () => {
    const flip = (text: string) => `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`;
    const { rpc } = fixture.network;
    const tampered: [string, (proof: Record<string, Json>) => void][] = [
      ["PROOF_READING", ({ reading }) => Object.assign(reading ?? {}, { value: "1" })],
      ["PROOF_READING", ({ reading }) => Object.assign(reading ?? {}, { time: "1" })],
      ["PROOF_MESSAGE", ({ message }) => Object.assign(message ?? {}, { sequence: "1" })],
      [
        "PROOF_CHECKPOINT",
        ({ checkpoint }) => Object.assign(checkpoint ?? {}, { sealedAt: "1700000000" }),
      ],
      [
        "PROOF_SIGNATURE",
        ({ message }) =>
          Object.assign(message ?? {}, { signature: flip(String(message?.signature)) }),
      ],
      ["PROOF_FORMAT", ({ reading }) => delete reading?.salt],
    ];
    for (const [wanted, tamper] of tampered) {
      const proof = JSON.parse(readFileSync(file("proof.json"), "utf8"));
      tamper(proof);
      writeFileSync(file("tampered.json"), JSON.stringify(proof));
      const { code, out, err } = await fixture.run(["verify", "tampered.json", "--rpc", rpc]);
      expect([code, out], wanted).to.deep.equal([1, ""]);
      expect(err).to.match(new RegExp(`^${wanted}  `));
    }
    const foreign = ["verify", "proof.json", "--rpc", rpc, "--log", `0x${"12".repeat(20)}`];
    expect((await fixture.run(foreign)).err).to.match(/^PROOF_CHECKPOINT {2}/);
    const otherId = ["verify", "proof.json", "--rpc", rpc, "--log-id", "2"];
    expect((await fixture.run(otherId)).err).to.match(/^PROOF_CHECKPOINT {2}/);
    const contractOnly = ["verify", "proof.json", "--rpc", rpc, "--log", fixture.network.log];
    expect(await fixture.json(contractOnly)).to.include({ logPinned: false });
  });

  it("audits a device's messages with nothing but the chain, and finds what was dropped", async () => {
    const { rpc } = fixture.network;
    await fixture.json(["audit", "export", "--device", device, "-o", "audit.json", ...networkFile]);
    const verdict = await fixture.json(["audit", "verify", "audit.json", "--rpc", rpc]);
    expect(verdict).to.include({ valid: true, device, first: "0" });
    const bundle = JSON.parse(readFileSync(file("audit.json"), "utf8"));
    bundle.messages.splice(1, 1);
    writeFileSync(file("dropped.json"), JSON.stringify(bundle));
    const dropped = await fixture.run(["audit", "verify", "dropped.json", "--rpc", rpc]);
    expect(dropped.code).to.equal(1);
    expect(dropped.out).to.contain("AUDIT_MESSAGE_MISSING");
    expect(dropped.err).to.match(/^AUDIT_MESSAGE_MISSING {2}/);
  });

  it("finds everything in order when it is asked to look", async () => {
    const { code, out, err } = await fixture.run(["doctor", ...networkFile]);
    expect(code, out + err).to.equal(0);
    expect(out).to.match(/^ok +chain +id 31337$/m);
    expect(out).to.match(/^ok +P-256 +at 0x100$/m);
    expect(out).to.match(/^ok +service +ready$/m);
  });

  it("checks every endpoint of the chain, and works with the ones that answer", async () => {
    const { network } = fixture;
    const rpc = ["--rpc", `http://127.0.0.1:9/key,${network.rpc}`];
    const { code, out, err } = await fixture.run(["doctor", ...networkFile, ...rpc]);
    expect(code, out).to.equal(1);
    expect(out)
      .to.match(/^fail +chain 1 /m)
      .and.not.contain("/key");
    expect(out).to.match(/^ok +chain 2 +http:\S+ id 31337, finalized block \d+$/m);
    expect(out).to.match(/^ok +P-256 +at 0x100$/m);
    expect(err).to.contain("DOCTOR_FAILED  Failed: chain 1.");
    await fixture.json(["device", "show", device, ...networkFile, ...rpc]);
  });

  it("names what is not in order, and ends with 1", async () => {
    const wrong = ["doctor", ...networkFile, "--mqtt", "mqtt://127.0.0.1:9", "--log-id", "2"];
    const { code, out, err } = await fixture.run(wrong);
    expect(code).to.equal(1);
    expect(out).to.match(/^fail +broker/m);
    expect(out).to.match(/^fail +serves +it serves logId 1, not 2$/m);
    expect(err).to.contain("DOCTOR_FAILED  Failed: broker, serves.");
  });

  it("suspends, resumes, rotates, hands over and retires a device", async () => {
    const owner = { FIELDSEAL_OWNER_KEY: ownerKey };
    const status = async () =>
      (await fixture.json(["device", "show", device, ...networkFile])).status;
    await fixture.json(["device", "suspend", device, ...networkFile]);
    expect(await status()).to.equal("suspended");
    const again = await fixture.run(["device", "suspend", device, ...networkFile], owner);
    expect(again.code).to.equal(1);
    expect(again.err).to.match(/^TRANSACTION_REVERTED {2}.*RegistryWrongStatus/);
    await fixture.json(["device", "resume", device, ...networkFile]);
    const rotate = ["device", "rotate", "--key", "dev.json", "--new-key", "next.json"];
    const rotated = await fixture.json([...rotate, "--type", "secp256k1", ...networkFile]);
    expect(rotated).to.include({ device, keyIndex: 1 });
    const stale = await fixture.run(
      [...rotate.slice(0, 4), "--new-key", "third.json", ...networkFile],
      owner,
    );
    expect(stale.err).to.match(/^KEY_FILE_STALE {2}/);
    const shown = await fixture.json(["device", "show", "--key", "next.json", ...networkFile]);
    expect(shown).to.include({ device, keyIndex: 1, keyIsCurrent: true });
    const buyer = Wallet.createRandom();
    const to = buyer.address.toLowerCase();
    const asBuyer = { FIELDSEAL_OWNER_KEY: buyer.privateKey };
    const accept = ["device", "accept", device, "--out", "yes.json", ...networkFile];
    expect((await fixture.run(accept, asBuyer)).code).to.equal(0);
    const transfer = ["device", "transfer", "--key", "next.json", "--acceptance", "yes.json"];
    const another = ["--to", hex(new Uint8Array(20).fill(0x77)), ...networkFile];
    expect((await fixture.run([...transfer, ...another], owner)).err).to.match(
      /^ACCEPTANCE_MISMATCH {2}/,
    );
    await fixture.json([...transfer, "--to", to, ...networkFile]);
    const twice = await fixture.run([...transfer, "--to", to, ...networkFile], owner);
    expect(twice.err).to.match(/^ACCEPTANCE_STALE {2}/);
    expect((await fixture.json(["device", "show", device, ...networkFile])).owner).to.equal(to);
    const foreign = await fixture.run(["device", "retire", device, "--yes", ...networkFile], owner);
    expect(foreign.err).to.match(/^TRANSACTION_REVERTED {2}.*RegistryNotOwner/);
    await fixture.json(["device", "new", "other.json"]);
    await fixture.json(["device", "enrol", "--key", "other.json", ...networkFile]);
    const unsure = await fixture.run(["device", "retire", "--key", "other.json", ...networkFile]);
    expect(unsure.err).to.match(/^CONFIRMATION_MISSING {2}/);
    await fixture.json(["device", "retire", "--key", "other.json", "--yes", ...networkFile]);
    const other = await fixture.json(["device", "show", "--key", "other.json", ...networkFile]);
    expect(other.status).to.equal("retired");
  });
});
