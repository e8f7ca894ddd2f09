import {
  type CommandEnvelope,
  type Commander,
  commandNonces,
  encodeCommandEnvelope,
  fromHex,
  grantsDomain,
  hex,
  logDomain,
  permissions,
  signStatement,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { Signature, type Wallet } from "ethers";
import { newSigner } from "../../support/registry-actions.ts";
import {
  chainId,
  committee,
  grants,
  type LockBench,
  lock,
  lockBench,
  log,
  machine,
  person,
  signedBy,
  trustIn,
} from "./support.ts";

const other = `0x${"5e".repeat(20)}` as const;

describe("a lock that is commanded", () => {
  let bench: LockBench;
  let guest: ReturnType<typeof person>;

  beforeEach(() => {
    bench = lockBench();
    guest = person();
  });

  const refuses = async (code: string, envelope: Promise<CommandEnvelope>) => {
    const acts = [...bench.acts];
    expect(await bench.answer(await envelope)).to.equal(code);
    expect(bench.acts).to.deep.equal(acts);
  };

  it("obeys a person, and publishes that it did", async () => {
    expect(await bench.answer(await bench.command(guest))).to.equal("done");
    expect(bench.acts).to.deep.equal(["unlock"]);
    expect(bench.published).to.deep.equal([
      {
        "command:unlock": true,
        "command-result": "done",
        "command-by": guest.address.toLowerCase(),
        "command-id": "data",
      },
    ]);
  });

  for (const keyType of [1, 2] as const) {
    it(`obeys a machine with a key of type ${keyType}, also after its rotation, never by its old key`, async () => {
      const robot = machine(keyType);
      expect(await bench.answer(await bench.command(robot))).to.equal("done");
      const rotated: Commander = { ...robot, signer: newSigner(keyType) };
      const statement = bench.sign(bench.statement(rotated));
      const nonce = (bench.nowS() << 64n) + 1n;
      await refuses("STATEMENT_MISMATCH", bench.command(robot, { statement, nonce }));
      expect(await bench.answer(await bench.command(rotated, { statement, nonce }))).to.equal(
        "done",
      );
    });
  }

  it("publishes the text that a command gives back", async () => {
    const args = { say: "open for 5 s" };
    expect(await bench.answer(await bench.command(guest, { args }))).to.equal("open for 5 s");
    expect(bench.published[0]?.["command-result"]).to.equal("open for 5 s");
  });

  it("says so when it fails at a command, and does not try again", async () => {
    const command = await bench.command(guest, { args: { jam: true } });
    expect(await bench.answer(command)).to.equal("COMMAND_FAILED");
    expect(bench.published[0]?.["command:unlock"]).to.equal(false);
    expect(await bench.answer(command)).to.equal("COMMAND_REPLAYED");
  });

  it("acts once on a command, whoever sends it again, at once or later", async () => {
    const command = await bench.command(guest);
    const answers = await Promise.all([bench.answer(command), bench.answer(command)]);
    expect(answers).to.deep.equal(["done", "COMMAND_REPLAYED"]);
    expect(await bench.answer(command)).to.equal("COMMAND_REPLAYED");
    bench.clock.advance(61_000);
    expect(await bench.answer(command)).to.equal("COMMAND_EXPIRED");
    expect(bench.acts.length).to.equal(1);
  });

  it("takes commands of one commander in their order only, of several in any", async () => {
    const nonces = commandNonces(
      () => bench.clock.nowMs(),
      (length) => new Uint8Array(length),
    );
    const [first, second, third] = [nonces(), nonces(), nonces()];
    expect(third).to.be.greaterThan(second);
    const commands = { first: await bench.command(guest, { nonce: first }) };
    await bench.answer(await bench.command(guest, { nonce: second }));
    expect(await bench.answer(commands.first)).to.equal("COMMAND_REPLAYED");
    expect(await bench.answer(await bench.command(person(), { nonce: first }))).to.equal("done");
    expect(await bench.answer(await bench.command(guest, { nonce: third }))).to.equal("done");
  });

  it("refuses a command for another device, chain, contract, commander or content than was signed", async () => {
    const altered = async (change: Partial<CommandEnvelope>) => ({
      ...(await bench.command(guest)),
      ...change,
    });
    await refuses("COMMAND_SIGNATURE", bench.command(guest, { device: other }));
    const domains = [
      grantsDomain(1n, grants.verifyingContract),
      grantsDomain(chainId, other),
      logDomain(chainId, grants.verifyingContract),
    ];
    for (const domain of domains)
      await refuses("COMMAND_SIGNATURE", bench.command(guest, { domain }));
    const { command } = await bench.command(guest, { name: "set" });
    await refuses("COMMAND_SIGNATURE", altered({ command }));
    await refuses("COMMAND_SIGNATURE", altered({ nonce: 9n << 100n }));
    await refuses("COMMAND_SIGNATURE", altered({ expiry: bench.nowS() + 3000n }));
    await refuses("COMMAND_SIGNATURE", altered({ signature: new Uint8Array(65) }));
    await refuses("STATEMENT_MISMATCH", altered({ commander: other }));
    const impostor = { ...guest, wallet: person().wallet };
    await refuses("COMMAND_SIGNATURE", bench.command(impostor));
    expect(bench.published).to.deep.equal([]);
  });

  it("refuses a machine's key that is not of its statement, and a key that an account puts in", async () => {
    const robot = machine(2);
    const clone: Commander = { ...robot, signer: newSigner(2) };
    const statement = bench.sign(bench.statement(robot));
    await refuses("STATEMENT_MISMATCH", bench.command(clone, { statement }));
    const thief: Commander = { ...machine(1), device: guest.address as `0x${string}` };
    await refuses(
      "STATEMENT_MISMATCH",
      bench.command(thief, { statement: bench.sign(bench.statement(guest)) }),
    );
  });

  it("refuses a statement about another device or commander", async () => {
    const stated = (change: object) =>
      bench.command(guest, { statement: bench.sign(bench.statement(guest, change)) });
    await refuses("STATEMENT_MISMATCH", stated({ device: other }));
    await refuses("STATEMENT_MISMATCH", stated({ commander: other }));
    await refuses("STATEMENT_MISMATCH", stated({ signer: other }));
  });

  it("refuses a statement that has been altered, or that strangers have signed", async () => {
    const { statement, signatures } = bench.sign(bench.statement(guest));
    const forged = (change: object) =>
      bench.command(guest, { statement: { statement: { ...statement, ...change }, signatures } });
    await refuses("STATEMENT_SIGNATURE", forged({ until: 1n << 60n }));
    await refuses("STATEMENT_SIGNATURE", forged({ permissions: 0xffn }));
    await refuses("STATEMENT_SIGNATURE", forged({ grantor: other }));
    await refuses("STATEMENT_SIGNATURE", forged({ block: 999n }));
    await refuses("STATEMENT_SIGNATURE", forged({ blockTime: bench.nowS() }));
    const strangers = bench.sign(statement, committee(1, 5));
    await refuses("STATEMENT_SIGNATURE", bench.command(guest, { statement: strangers }));
    await refuses(
      "STATEMENT_SIGNATURE",
      bench.command(guest, { statement: { statement, signatures: [] } }),
    );
    const elsewhere = signStatement(
      statement,
      logDomain(1n, log.verifyingContract),
      signedBy(committee(1)[0] as Wallet),
    );
    const abroad = { statement, signatures: [elsewhere] };
    await refuses("STATEMENT_SIGNATURE", bench.command(guest, { statement: abroad }));
  });

  it("refuses a statement of another log or committee, until it is handed over", async () => {
    const stated = (change: object) =>
      bench.command(guest, { statement: bench.sign(bench.statement(guest, change)) });
    await refuses("STATEMENT_COMMITTEE", stated({ logId: 2n }));
    await refuses("STATEMENT_COMMITTEE", stated({ epoch: 1 }));
    const next = committee(1, 3);
    bench.rely(trustIn(next, 1, 1));
    await refuses("STATEMENT_COMMITTEE", stated({}));
    const statement = bench.sign(bench.statement(guest, { epoch: 1 }), next);
    expect(await bench.answer(await bench.command(guest, { statement }))).to.equal("done");
  });

  it("needs three different ones of a committee of four, in 64 or 65 bytes, in any order", async () => {
    const members = committee(4);
    bench = lockBench({ members, threshold: 3 });
    const [a, b, c, d] = members as [Wallet, Wallet, Wallet, Wallet];
    const signed = (by: readonly Wallet[]) =>
      bench.command(guest, { statement: bench.sign(bench.statement(guest), by) });
    await refuses("STATEMENT_SIGNATURE", signed([a, b]));
    await refuses("STATEMENT_SIGNATURE", signed([a, b, b, a]));
    await refuses("STATEMENT_SIGNATURE", signed([a, b, ...committee(4, 8)]));
    const { statement, signatures } = bench.sign(bench.statement(guest), [d, a, c]);
    const compact = signatures.map((one) => fromHex(Signature.from(hex(one)).compactSerialized));
    const short = { statement, signatures: compact };
    expect(await bench.answer(await bench.command(guest, { statement: short }))).to.equal("done");
    expect(await bench.answer(await signed(members))).to.equal("COMMAND_REPLAYED");
  });

  it("refuses a statement that is too old, from the future, over, or made for a challenge", async () => {
    const stated = (change: object) =>
      bench.command(guest, { statement: bench.sign(bench.statement(guest, change)) });
    await refuses("STATEMENT_STALE", stated({ blockTime: bench.nowS() - 601n }));
    await refuses("STATEMENT_STALE", stated({ blockTime: bench.nowS() + 61n }));
    await refuses("STATEMENT_EXPIRED", stated({ until: bench.nowS() }));
    await refuses("STATEMENT_CHALLENGE", stated({ challenge: 5n }));
    expect(await bench.answer(await stated({ blockTime: bench.nowS() - 600n }))).to.equal("done");
  });

  it("refuses a command that has expired, or that is valid for over an hour", async () => {
    await refuses("COMMAND_EXPIRED", bench.command(guest, { expiry: bench.nowS() }));
    await refuses("COMMAND_EXPIRY", bench.command(guest, { expiry: bench.nowS() + 3601n }));
    const longest = await bench.command(guest, { expiry: bench.nowS() + 3600n });
    expect(await bench.answer(longest)).to.equal("done");
  });

  it("asks for the permission that each command needs", async () => {
    await refuses("COMMAND_PERMISSION", bench.command(guest, { name: "set" }));
    const statement = bench.sign(bench.statement(guest, { permissions: permissions.CONFIGURE }));
    await refuses("COMMAND_PERMISSION", bench.command(guest, { statement }));
    const set = await bench.command(guest, { name: "set", statement });
    expect(await bench.answer(set)).to.equal("done");
    await refuses("COMMAND_PERMISSION", bench.command(guest, { name: "service" }));
    const all = bench.sign(bench.statement(guest, { permissions: 0xffn }));
    for (const name of ["explode", "constructor"]) {
      await refuses("COMMAND_UNKNOWN", bench.command(guest, { name, statement: all }));
    }
  });

  it("refuses rubbish without a word, whatever its size", async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(5000), Uint8Array.of(0xa0)]) {
      const outcome = await bench.receiver.receive(bytes);
      expect(outcome).to.deep.equal({ kind: "rubbish", code: "COMMAND_FORMAT" });
    }
    expect(bench.published).to.deep.equal([]);
  });

  it("publishes what it refuses to those it knows, and not all that strangers try", async () => {
    const stranger = async (nonce: bigint) => {
      const someone = person();
      const statement = bench.sign(bench.statement(someone), committee(1, 5));
      return bench.give(await bench.command(someone, { nonce, statement }));
    };
    for (let nonce = 0n; nonce < 20n; nonce++) await stranger(nonce);
    expect(bench.published.length).to.equal(5);
    expect(bench.published[0]?.["command-result"]).to.equal("STATEMENT_SIGNATURE");
    const known = await bench.give(await bench.command(guest, { name: "set" }));
    expect(known).to.deep.equal({ kind: "refused", code: "COMMAND_PERMISSION", published: true });
    bench.clock.advance(60_000);
    expect(await stranger(21n)).to.have.property("published", true);
    expect(await stranger(22n)).to.have.property("published", false);
  });

  it("takes no more commands at a time than it can keep waiting", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = { act: () => held.then(() => undefined) };
    bench = lockBench({ config: { commands: { unlock: slow } } });
    const bytes = encodeCommandEnvelope(await bench.command(guest));
    const outcomes = Array.from({ length: 20 }, () => bench.receiver.receive(bytes));
    expect(await outcomes.at(-1)).to.deep.equal({ kind: "rubbish", code: "COMMAND_BUSY" });
    release();
    const codes = (await Promise.all(outcomes)).map((outcome) => outcome.kind);
    expect(codes.filter((kind) => kind === "done").length).to.equal(1);
  });

  it("goes on when what it did cannot be published", async () => {
    bench = lockBench({
      config: {
        publish: () => Promise.reject(new Error("the outbox is full")),
      },
    });
    expect(await bench.answer(await bench.command(guest))).to.equal("done");
    expect(bench.errors.length).to.equal(1);
  });

  it("does nothing when it cannot note the command first", async () => {
    const journal = { last: () => undefined, accept: () => Promise.reject(new Error("disk")) };
    bench = lockBench({
      config: { freshness: { kind: "clock", statementMaxAgeMs: 600_000, journal } },
    });
    await refuses("COMMAND_FAILED", bench.command(guest));
  });

  it("refuses everything when it has neither a clock nor a challenge", async () => {
    bench = lockBench({ freshness: "none" });
    await refuses("COMMAND_UNTIMED", bench.command(guest));
  });
});

describe("a lock without a clock", () => {
  let bench: LockBench;
  let guest: ReturnType<typeof person>;

  beforeEach(() => {
    bench = lockBench({ freshness: "challenge" });
    guest = person();
  });

  const challenge = () => BigInt(bench.receiver.challenge() ?? "0x0");
  const command = (nonce: bigint, stated = nonce, more: object = {}) =>
    bench.command(guest, {
      nonce,
      // Whatever the date is.
      expiry: 0n,
      statement: bench.sign(bench.statement(guest, { challenge: stated, ...more })),
    });

  it("obeys a command that answers its challenge, once, and makes another challenge", async () => {
    const first = challenge();
    expect(bench.receiver.challenge()).to.match(/^0x[0-9a-f]{32}$/);
    const answer = await command(first);
    expect(await bench.answer(answer)).to.equal("done");
    expect(challenge()).not.to.equal(first);
    expect(bench.changes()).to.equal(1);
    expect(await bench.answer(answer)).to.equal("COMMAND_CHALLENGE");
    expect(bench.acts).to.deep.equal(["unlock"]);
    expect(await bench.answer(await command(challenge()))).to.equal("done");
  });

  it("refuses a statement or a command for another challenge", async () => {
    const now = challenge();
    expect(await bench.answer(await command(now, now + 1n))).to.equal("STATEMENT_CHALLENGE");
    expect(await bench.answer(await command(now, 0n))).to.equal("STATEMENT_CHALLENGE");
    expect(await bench.answer(await command(now + 1n, now))).to.equal("COMMAND_CHALLENGE");
    expect(await bench.answer(await command(now + 1n))).to.equal("COMMAND_CHALLENGE");
    expect(challenge()).to.equal(now);
    expect(bench.acts).to.deep.equal([]);
  });

  it("keeps its challenge when a stranger answers it", async () => {
    const now = challenge();
    const statement = bench.sign(bench.statement(guest, { challenge: now }), committee(1, 5));
    const forged = await bench.command(guest, { nonce: now, statement });
    expect(await bench.answer(forged)).to.equal("STATEMENT_SIGNATURE");
    expect(challenge()).to.equal(now);
  });

  it("lets no statement wait: a challenge that nobody used is replaced", async () => {
    const kept = await command(challenge());
    expect(bench.receiver.step()).to.equal(60_000);
    bench.clock.advance(300_000);
    expect(await bench.answer(kept)).to.equal("COMMAND_CHALLENGE");
    const now = challenge();
    bench.clock.advance(300_000);
    bench.receiver.step();
    expect(challenge()).not.to.equal(now);
  });

  it("refuses a grant that had ended when the committee judged it", async () => {
    const now = challenge();
    const { blockTime } = bench.statement(guest);
    const ended = command(now, now, { until: blockTime });
    expect(await bench.answer(await ended)).to.equal("STATEMENT_EXPIRED");
  });

  it("refuses rather than use a challenge twice when its randomness is stuck", async () => {
    const random = (length: number) => new Uint8Array(length).fill(7);
    bench = lockBench({ config: { freshness: { kind: "challenge", lifeMs: 300_000, random } } });
    expect(await bench.answer(await command(challenge()))).to.equal("COMMAND_UNTIMED");
    bench.clock.advance(300_000);
    expect(bench.receiver.step()).to.equal(60_000);
    expect(await bench.answer(await command(challenge()))).to.equal("COMMAND_UNTIMED");
    expect(bench.acts).to.deep.equal([]);
  });

  it("knows none of its challenges after it was switched off", async () => {
    const before = await command(challenge());
    let drawn = 100;
    const restarted = lockBench({
      config: {
        freshness: {
          kind: "challenge",
          lifeMs: 300_000,
          random: (length) => new Uint8Array(length).fill(++drawn),
        },
      },
    });
    expect(await restarted.answer(before)).to.equal("COMMAND_CHALLENGE");
    expect(lock).to.equal(before.statement.statement.device);
  });
});
