import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  type CommandOutcome,
  type DeviceId,
  decodeMessage,
  grantManyTypes,
  grantsDomain,
  logDomain,
  noEndS,
  openBody,
  permissions,
  topicsOf,
} from "@fieldseal/sdk";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { type DoorLock, startDoorLock } from "../../examples/door-lock/door-lock.ts";
import { runCliHere } from "../oracle/cli/fixture.ts";
import { refusalOf } from "../sdk/support.ts";
import { startFinalAnvil, type TestChain, testKey } from "../support/chain.ts";
import { commanders } from "../support/commanders.ts";
import { deployOn, type TestDeployment } from "../support/deployment.ts";
import type { TestDevice } from "../support/registry-actions.ts";
import { type RunningOracle, runOracle } from "../support/running-oracle.ts";
import { temporaryFolder } from "../support/service.ts";
import { until } from "../support/until.ts";

const { COMMAND, CONFIGURE, EMERGENCY } = permissions;
const [hourS, dayS] = [3600, 86_400];
const quick = {
  reconnect: { firstMs: 50, maxMs: 200 },
  resend: { firstMs: 500, maxMs: 2000 },
  refusal: { firstMs: 100, maxMs: 300 },
};

/** A lock on a door, and all it was told and did. */
type Door = {
  readonly id: DeviceId;
  readonly lock: DoorLock;
  readonly outcomes: CommandOutcome[];
  readonly moves: string[];
  /** connected, disconnected. */
  readonly links: string[];
};

// One story: each step needs the ones before. Chain, oracle, locks and people share one calendar, which it turns.
describe("a door lock and its people", function () {
  this.timeout(120_000);
  this.bail(true);
  const folder = temporaryFolder();
  const doors: Door[] = [];
  let aheadMs = 0;
  const clock = {
    nowMs: () => Date.now() + aheadMs,
    elapsedMs: () => performance.now() + aheadMs,
  };
  let node: TestChain;
  let deployment: TestDeployment;
  let oracle: RunningOracle;
  let front: Door;
  let fridayS: number;
  /** How often the next bolt does not move. */
  let stuck = 0;

  before(async () => {
    node = await startFinalAnvil();
    deployment = await deployOn(node);
    oracle = await runOracle(deployment, join(folder.path, "oracle"), {}, clock);
    front = await door("front");
    // 1970 began on a Thursday. Friday noon of next week at the latest.
    const nowS = Math.floor(clock.nowMs() / 1000);
    fridayS = nowS - ((nowS - dayS - hourS * 12) % (7 * dayS)) + 7 * dayS;
    await turnTo(fridayS);
  });
  after(async () => {
    await closeAll();
    for (const { lock } of doors) await lock.close();
    await oracle?.stop();
    deployment?.provider.destroy();
    await node?.stop();
    folder.remove();
  });

  /** Logins of the time before have ended after that: the lock needs a new one. */
  async function turnTo(timeS: number): Promise<void> {
    const isLoginOver = timeS * 1000 - clock.nowMs() > (hourS - 60) * 1000;
    const from = front.links.length;
    await node.rpc("evm_setNextBlockTimestamp", timeS);
    // First the clock: the oracle lets nobody in by a chain that it saw long ago.
    aheadMs = timeS * 1000 - Date.now();
    await node.mine();
    await oracle.client.followed(await deployment.provider.getBlockNumber());
    await until("letting people in", () =>
      person(2)
        .connect()
        .then(
          (session) => session.close().then(() => true),
          () => false,
        ),
    );
    if (!isLoginOver) return;
    await until("a new login of the lock's", () => {
      const since = front.links.slice(from);
      return since.includes("disconnected") && since.at(-1) === "connected";
    });
  }

  async function door(name: string, hasClock = true): Promise<Door> {
    const device = await deployment.owner(2).enrol(2, deployment.logId);
    await oracle.client.followed(await deployment.provider.getBlockNumber());
    const { chainId, log, logId, operator, accessGrants, domain } = deployment;
    const outcomes: CommandOutcome[] = [];
    const moves: string[] = [];
    const links: string[] = [];
    const lock = await startDoorLock({
      connection: {
        device: device.id,
        signer: device.signer,
        keyIndex: 0,
        domain,
        log: { domain: logDomain(chainId, log), logId, operators: [operator] },
        url: oracle.mqtt,
        outboxFolder: join(folder.path, name, "outbox"),
        limits: quick,
        onEvent: ({ type }) => {
          if (/connected$/.test(type)) links.push(type);
        },
      },
      clock,
      random: randomBytes,
      time: hasClock
        ? {
            kind: "clock",
            journalFolder: join(folder.path, name, "commands"),
            statementMaxAgeMs: 600_000,
          }
        : { kind: "challenge", lifeMs: 300_000 },
      bolt: {
        open: () => moves.push("open"),
        close() {
          moves.push(stuck > 0 ? "stuck" : "closed");
          if (stuck-- > 0) throw new Error("the bolt is stuck");
        },
      },
      openMs: 200,
      grants: grantsDomain(chainId, accessGrants),
      log: logDomain(chainId, log),
      trust: () => ({ logId, epoch: 0, operators: [operator], threshold: 1 }),
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    const made = { id: device.id, lock, outcomes, moves, links };
    doors.push(made);
    await until("connecting", () => links.at(-1) === "connected");
    return made;
  }

  const { machine, person, closeAll } = commanders({
    deployment: () => deployment,
    oracle: () => oracle,
    clock,
  });

  const terms = (grantee: string, bits: bigint, from: number, untilS: bigint) => ({
    subject: front.id,
    grantee,
    permissions: bits,
    from: BigInt(from),
    until: untilS,
    purpose: ZeroHash,
  });
  const mined = async (sending: Promise<{ wait(): Promise<unknown> }>) => {
    await (await sending).wait();
    await oracle.client.followed(await deployment.provider.getBlockNumber());
  };
  /** What the lock answers to bytes that reach its topic past every check of the broker's. */
  async function whateverTheBrokerLetsThrough(at: Door, bytes: Uint8Array): Promise<string> {
    const before = at.outcomes.length;
    const careless = await person(2).connect();
    const topic = topicsOf("fieldseal/1", at.id).command;
    await careless.publish(topic, bytes, { qos: 1, retain: false });
    await careless.close();
    return answer(at, before);
  }
  async function answer(at: Door, before: number): Promise<string> {
    const outcome = await until("judging a command", () => at.outcomes[before]);
    return "code" in outcome ? outcome.code : outcome.kind;
  }
  /** Whether the command opened the door, which then closes by itself. */
  async function opens(at: Door, sending: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const [outcomes, moves] = [at.outcomes.length, at.moves.length];
    const bytes = await sending();
    expect(await answer(at, outcomes)).to.equal("done");
    await until("closing by itself", () => at.moves.length >= moves + 2);
    expect(at.moves.slice(moves)).to.deep.equal(["open", "closed"]);
    return bytes;
  }

  let used: Uint8Array;

  it("opens to its owner, and says so in a reading", async () => {
    const owner = person(2);
    const said: Record<string, unknown>[] = [];
    const ears = await owner.connect((payload) => {
      const { body } = decodeMessage(payload);
      const { records } = openBody(body);
      const entries = records.map(({ metric, text, value }) => [metric, text ?? value]);
      said.push(Object.fromEntries(entries));
    });
    await ears.subscribe(topicsOf("fieldseal/1", front.id).up);
    used = await opens(front, () => owner.send(front.id, "unlock"));
    const report = await until("publishing", () => said.find((one) => "command:unlock" in one));
    expect(report["command:unlock"]).to.equal(10n ** 18n);
    expect(report["command-result"]).to.equal("done");
    expect(report["command-by"]).to.equal(owner.id);
    await until("publishing the bolt", () => said.filter((one) => "locked" in one).length >= 2);
  });

  it("opens to `fieldseal command` of its owner, and tells a stranger why it does not to his", async () => {
    const run = (account: number, ...args: string[]) => {
      const env = { FIELDSEAL_OWNER_KEY: testKey(account) };
      const all = ["command", front.id, ...args, "--url", oracle.http];
      return runCliHere(all, folder.path, env, clock.nowMs());
    };
    await opens(front, async () => {
      const { code, err } = await run(2, "unlock");
      expect(code, err).to.equal(0);
      return new Uint8Array();
    });
    const before = front.outcomes.length;
    const configured = ["set-open-time", "--permission", "configure", "--args"];
    expect((await run(2, ...configured, '{"seconds":1}')).code).to.equal(0);
    expect(await answer(front, before)).to.equal("done");
    for (const [account, args, code] of [
      [5, ["unlock"], "GRANT_MISSING"],
      [2, ["unlock", "--args", "[1]"], "USAGE"],
      [2, ["unlock", "--args", '{"seconds":1.5}'], "COMMAND_FORMAT"],
      [2, ["unlock", "--life", "3601"], "USAGE"],
      [2, ["unlock", "--permission", "rule"], "PERMISSIONS_FORMAT"],
    ] as const) {
      const { err } = await run(account, ...args);
      expect(err.split(" ")[0], args.join(" ")).to.equal(code);
    }
  });

  it("does not open again to the same command, whoever sends it", async () => {
    expect(await whateverTheBrokerLetsThrough(front, used)).to.equal("COMMAND_REPLAYED");
    await turnTo(fridayS + 120);
    expect(await whateverTheBrokerLetsThrough(front, used)).to.equal("COMMAND_EXPIRED");
  });

  it("opens to a machine that its owner named: a doorbell with a key of its own", async () => {
    const bell: TestDevice = await deployment.owner(2).enrol(1, deployment.logId);
    const doorbell = machine(bell);
    await mined(person(2).grants.grant(terms(bell.id, COMMAND, 0, noEndS)));
    await opens(front, () => doorbell.send(front.id, "unlock"));
    await mined(person(2).grants.revoke(front.id, person(2).id, bell.id));
  });

  const mayNotEvenAsk = async (account: number, name = "unlock", permission: bigint = COMMAND) => {
    const sending = person(account).send(front.id, name, permission);
    expect(await refusalOf(sending)).to.equal("STATEMENT_FETCH");
  };

  it("opens to a guest for a weekend: not before, not after, and not to change the lock", async () => {
    const guest = person(3);
    const [from, untilS] = [fridayS + 6 * hourS, fridayS + 56 * hourS];
    await mined(person(2).grants.grant(terms(guest.id, COMMAND, from, BigInt(untilS))));
    await mayNotEvenAsk(3);
    await turnTo(from);
    await opens(front, () => guest.send(front.id, "unlock"));
    await mayNotEvenAsk(3, "set-open-time", CONFIGURE);
    const before = front.outcomes.length;
    await guest.send(front.id, "set-open-time", COMMAND);
    expect(await answer(front, before)).to.equal("COMMAND_PERMISSION");
    await turnTo(untilS - 60);
    const kept = await guest.statement(front.id);
    await opens(front, () => guest.send(front.id, "unlock"));
    await turnTo(untilS);
    await mayNotEvenAsk(3);
    const late = await guest.sign(front.id, kept);
    expect(await whateverTheBrokerLetsThrough(front, late)).to.equal("STATEMENT_EXPIRED");
  });

  it("opens to the cleaner on Tuesdays, by grants that the owner signed once and she sends in", async () => {
    const [owner, cleaner] = [person(2), person(4)];
    const domain = grantsDomain(deployment.chainId, deployment.accessGrants);
    const tuesdays = [4, 11, 18].map((days) => fridayS + days * dayS - 4 * hourS);
    // A lane of nonces for each: they may be sent in any order, each once.
    const signed = await Promise.all(
      tuesdays.map(async (from, week) => {
        const facts = {
          grantor: owner.wallet.address,
          terms: [terms(cleaner.id, COMMAND, from, BigInt(from + 4 * hourS))],
          ownerEpochs: [0],
          nonce: BigInt(week + 1) << 64n,
          deadline: BigInt(from + dayS),
        };
        const signature = await owner.wallet.signTypedData(domain, grantManyTypes, facts);
        return { ...facts, signature };
      }),
    );
    const sendIn = (week: number) => {
      const one = signed[week];
      if (one === undefined) throw new Error("no such week");
      const { grantor, terms, ownerEpochs, nonce, deadline, signature } = one;
      const args = [grantor, terms, ownerEpochs, nonce, deadline, signature] as const;
      return cleaner.grants.grantBySignature(...args);
    };
    for (const week of [0, 1]) {
      const from = tuesdays[week] ?? 0;
      await turnTo(from - hourS);
      await mined(sendIn(week));
      await mayNotEvenAsk(4);
      await turnTo(from);
      await opens(front, () => cleaner.send(front.id, "unlock"));
      await turnTo(from + 4 * hourS);
      await mayNotEvenAsk(4);
    }
    const again = await sendIn(0).catch((error: unknown) => String(error));
    expect(again).to.match(/GrantsNonce|GrantsExpired|revert/);
  });

  it("stays closed to a stranger, also to one who writes himself a statement", async () => {
    await mayNotEvenAsk(5);
    const stranger = person(5);
    const { statement } = await person(2).statement(front.id);
    const commander = stranger.id as DeviceId;
    const forged = { ...statement, commander, signer: commander };
    const own = { statement: forged, signatures: [new Uint8Array(65).fill(27)] };
    const bytes = await stranger.sign(front.id, own);
    expect(await whateverTheBrokerLetsThrough(front, bytes)).to.equal("STATEMENT_SIGNATURE");
  });

  it("closes to a guest who was sent away, and to what he had got before", async () => {
    const guest = person(3);
    await mined(person(2).grants.grant(terms(guest.id, COMMAND, 0, noEndS)));
    await opens(front, () => guest.send(front.id, "unlock"));
    const kept = await guest.statement(front.id);
    await mined(person(2).grants.revoke(front.id, person(2).id, guest.id));
    await mayNotEvenAsk(3);
    await turnTo(Math.floor(clock.nowMs() / 1000) + 601);
    const late = await guest.sign(front.id, kept);
    expect(await whateverTheBrokerLetsThrough(front, late)).to.equal("STATEMENT_STALE");
  });

  it("opens to the fire brigade that was named beforehand, for an hour, and everybody sees it", async () => {
    const brigade = person(6);
    await mined(person(2).grants.grant(terms(brigade.id, EMERGENCY, 0, noEndS)));
    await mayNotEvenAsk(6);
    await mined(brigade.grants.openEmergency(front.id, person(2).id, ZeroHash));
    await opens(front, () => brigade.send(front.id, "unlock"));
    const opened = await brigade.grants.queryFilter(brigade.grants.filters.EmergencyOpened());
    expect(opened.map(({ args }) => args.responder.toLowerCase())).to.deep.equal([brigade.id]);
    await turnTo(Math.floor(clock.nowMs() / 1000) + hourS + 60);
    await mayNotEvenAsk(6);
  });

  it("closes by itself also when its clock is set back while it is open, and when its bolt is stuck", async () => {
    const { moves, lock } = front;
    const from = moves.length;
    stuck = 1;
    await person(2).send(front.id, "unlock");
    await until("opening", () => lock.isOpen());
    aheadMs -= hourS * 1000;
    try {
      await until("closing", () => !lock.isOpen());
    } finally {
      aheadMs += hourS * 1000;
    }
    expect(moves.slice(from)).to.deep.equal(["open", "stuck", "closed"]);
  });

  it("needs no clock: it asks for an answer to its challenge", async () => {
    const back = await door("back", false);
    const owner = person(2);
    let state = "";
    const ears = await owner.connect((payload) => {
      state = new TextDecoder().decode(payload);
    });
    await ears.subscribe(topicsOf("fieldseal/1", back.id).state);
    const challenge = () =>
      (JSON.parse(state === "" ? "{}" : state) as { challenge?: string }).challenge;
    const first = await until("stating a challenge", challenge);
    const bytes = await opens(back, () => owner.send(back.id, "unlock", COMMAND, first));
    const second = await until("another challenge", () => challenge() !== first && challenge());
    expect(await whateverTheBrokerLetsThrough(back, bytes)).to.equal("COMMAND_CHALLENGE");
    await opens(back, () => owner.send(back.id, "unlock", COMMAND, second));
  });
});
