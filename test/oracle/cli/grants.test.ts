import { hex, keccak256, utf8 } from "@fieldseal/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { startFinalAnvil, testKey } from "../../support/chain.ts";
import { temporaryFolder } from "../../support/service.ts";
import { type DeployedChain, deployedChain } from "../chain/fixture.ts";
import { runCliHere } from "./fixture.ts";

type Json = Record<string, unknown>;
const [owner, manager, guest] = [2, 3, 4].map(testKey) as [string, string, string];
const account = (key: string) => computeAddress(key).toLowerCase();
const noEnd = 2 ** 40 - 1;

describe("fieldseal grant", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let deployed: DeployedChain;
  let device: string;
  let network: string[];

  const run = (key: string | undefined, args: readonly string[]) =>
    runCliHere(args, folder.path, key === undefined ? {} : { FIELDSEAL_OWNER_KEY: key });
  /** A command that must succeed. */
  const done = async (key: string | undefined, ...args: string[]): Promise<Json> => {
    const { code, out, err } = await run(key, [...args, ...network, "--json"]);
    expect(code, out + err).to.equal(0);
    return JSON.parse(out);
  };
  /** A command that must fail, and what it says. */
  const failed = async (key: string | undefined, ...args: string[]): Promise<string> => {
    const { code, out, err } = await run(key, [...args, ...network]);
    expect([code > 0, out], args.join(" ")).to.deep.equal([true, ""]);
    return err;
  };
  const grant = (key: string, ...args: string[]) => done(key, "grant", ...args);
  const show = async (...args: string[]) => done(undefined, "grant", "show", ...args);
  const list = async (subject: string, ...args: string[]) =>
    (await done(undefined, "grant", "list", subject, ...args)).grants as Json[];

  before(async () => {
    deployed = await deployedChain(startFinalAnvil);
    const { registry, grants } = deployed.chain.identity;
    const rpc = ["--rpc", deployed.node.url];
    network = [...rpc, "--access-grants", grants];
    const enrol = ["device", "enrol", "--key", "dev.json", "--home", "0", "--registry", registry];
    await run(owner, ["device", "new", "dev.json"]);
    const { out } = await run(owner, [...enrol, ...rpc, "--json"]);
    device = JSON.parse(out).device;
  });
  after(async () => {
    await deployed.stop();
    folder.remove();
  });

  it("gives, shows, lists and revokes rights on a device", async () => {
    const given = await grant(owner, device, account(guest), "Read, command", "--purpose", "stay");
    expect(given).to.include({
      subject: device,
      grantor: account(owner),
      permissions: "3",
      from: 0,
      until: noEnd,
    });
    expect(given.purpose).to.match(/^0x737461790{56}$/);
    const shown = await show(device, account(guest));
    expect(shown).to.include({ permissions: "3", state: "in force", grantor: account(owner) });
    expect(await list(device)).to.have.length(1);
    await done(owner, "grant", "revoke", device, account(guest));
    expect((await show(device, account(guest))).state).to.equal("none");
    expect(await list(device, "--all")).to.deep.equal([]);
    const again = await failed(owner, "grant", "revoke", device, account(guest));
    expect(again).to.match(/^TRANSACTION_REVERTED {2}AccessGrants refuses: GrantsNothing\(/);
  });

  it("prints lines for people", async () => {
    await grant(owner, device, "everybody", "read");
    const shown = await run(undefined, ["grant", "show", device, "everybody", ...network]);
    for (const line of [/^to +everybody$/m, /^may +read$/m, /^until +no end$/m, /in force$/m]) {
      expect(shown.out).to.match(line);
    }
    const listed = await run(undefined, ["grant", "list", device, ...network]);
    expect(listed.out).to.match(/^in force +everybody +read +at once +no end +0x/m);
    await done(owner, "grant", "revoke", device, "everybody");
    const none = await run(undefined, ["grant", "list", device, ...network]);
    expect(none.out).to.equal("no grants\n");
  });

  it("takes times by the chain's clock: to come, in force, over", async () => {
    const rental = ["--from", "+1h", "--until", "+2d"];
    const given = await grant(owner, device, account(guest), "command", ...rental);
    expect(Number(given.until) - Number(given.from)).to.equal(2 * 86_400);
    const state = async () => (await show(device, account(guest))).state;
    expect(await state()).to.equal("to come");
    await deployed.node.rpc("evm_increaseTime", 3_600);
    await deployed.node.mine();
    expect(await state()).to.equal("in force");
    await deployed.node.rpc("evm_increaseTime", 2 * 86_400);
    await deployed.node.mine();
    expect(await state()).to.equal("over");
    expect(await list(device)).to.deep.equal([]);
    expect(await list(device, "--all")).to.have.length(1);
  });

  it("lets a delegate give within his bits; what he gave is over when he is", async () => {
    await grant(owner, account(owner), account(manager), "read,command,delegate");
    await grant(manager, device, account(guest), "read");
    const more = await failed(manager, "grant", device, account(guest), "maintain");
    expect(more).to.contain("GrantsPermissions(8, 3)");
    const given = await show(device, account(guest), "--grantor", account(manager));
    expect(given).to.include({ state: "in force", grantor: account(manager) });
    await done(owner, "grant", "revoke-all", account(owner));
    const over = await show(device, account(guest), "--grantor", account(manager));
    expect(over.state).to.equal("over");
    const fleet = await show(account(owner), account(manager));
    expect(fleet).to.include({ state: "over", subject: account(owner) });
    const refused = await failed(manager, "grant", device, account(guest), "read");
    expect(refused).to.contain("GrantsNotGrantor");
  });

  it("lets the grantee give a grant up and the owner undo his delegate's", async () => {
    await grant(owner, device, account(manager), "read,delegate");
    const by = ["--grantor", account(manager)];
    await grant(manager, device, account(guest), "read");
    await done(guest, "grant", "revoke", device, account(guest), ...by);
    await grant(manager, device, account(guest), "read");
    await done(owner, "grant", "revoke", device, account(guest), ...by);
    expect((await show(device, account(guest), ...by)).state).to.equal("none");
  });

  it("opens and closes an emergency window for who was named, and for nobody else", async () => {
    const refused = await failed(guest, "grant", "emergency", device, "--reason", "smoke");
    expect(refused).to.contain("GrantsNoEmergency");
    await grant(owner, device, account(guest), "emergency");
    const opened = await done(guest, "grant", "emergency", device, "--reason", "smoke");
    expect(opened).to.include({ responder: account(guest), grantor: account(owner) });
    expect(opened.reasonHash).to.equal(hex(keccak256(utf8("smoke"))));
    const foreign = ["grant", "close-emergency", device, "--responder", account(guest)];
    expect(await failed(manager, ...foreign)).to.contain("GrantsNotGrantor");
    await done(owner, ...foreign);
    expect(await failed(guest, "grant", "close-emergency", device)).to.contain("NoEmergency");
  });

  it("refuses what is written wrongly, before anything is asked of the chain", async () => {
    const wrong: [string, string[]][] = [
      ["USAGE", ["grant", "0x12", account(guest), "read"]],
      ["USAGE", ["grant", device, "someone", "read"]],
      ["PERMISSIONS_FORMAT", ["grant", device, account(guest), "all"]],
      ["USAGE", ["grant", device, account(guest), "read", "--until", "tomorrow"]],
      ["USAGE", ["grant", device, account(guest), "read", "--until", "2027-01-31T18:00"]],
      ["USAGE", ["grant", device, account(guest), "read", "--until", "2020-01-01T00:00Z"]],
      ["USAGE", ["grant", device, account(guest), "read", "--purpose", "p".repeat(33)]],
      ["USAGE", ["grant", "emergency", device]],
      ["USAGE", ["grant", device]],
    ];
    for (const [code, args] of wrong) {
      expect(await failed(owner, ...args), args.join(" ")).to.match(new RegExp(`^${code} {2}`));
    }
    const none = await run(owner, ["grant", "list", device, "--rpc", deployed.node.url]);
    expect([none.code, none.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 2 && err.includes("--access-grants"),
    );
    const noContract = ["grant", "list", device, "--rpc", deployed.node.url];
    const missing = await run(owner, [...noContract, "--access-grants", account(guest)]);
    expect(missing.err).to.match(/^CONTRACT_MISSING {2}/);
  });
});
