import {
  type CommandEnvelope,
  type Commander,
  type CommandFreshness,
  type CommandHandler,
  type CommandReceiverConfig,
  type CommitteeTrust,
  type CreateCommandOptions,
  commanderAddress,
  createCommand,
  createCommandReceiver,
  deviceIdOf,
  encodeCommandEnvelope,
  fromHex,
  type GrantStatement,
  grantsDomain,
  type KeyType,
  logDomain,
  memoryCommandJournal,
  permissions,
  type Reading,
  type SignedStatement,
  signStatement,
} from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import { Wallet } from "ethers";
import { newSigner } from "../../support/registry-actions.ts";
import { manualClock } from "../../support/service.ts";

export const chainId = 31337n;
export const grants = grantsDomain(chainId, `0x${"33".repeat(20)}`);
export const log = logDomain(chainId, `0x${"44".repeat(20)}`);
export const lock = deviceIdOf(newSigner(2).publicKey);
export const owner = `0x${"0a".repeat(20)}` as const;

/** Committee keys in the order of their addresses. */
export function committee(count: number, seed = 1): readonly Wallet[] {
  return Array.from(
    { length: count },
    (_, i) => new Wallet(`0x${(1000 * seed + i).toString(16).padStart(64, "0")}`),
  ).sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
}

export function trustIn(members: readonly Wallet[], threshold: number, epoch = 0): CommitteeTrust {
  const operators = members.map(({ address }) => address.toLowerCase());
  return { logId: 1n, epoch, operators, threshold };
}

export function person(): Commander & { kind: "account" } {
  const wallet = Wallet.createRandom();
  return { kind: "account", address: wallet.address, wallet };
}

export function machine(keyType: KeyType): Commander & { kind: "device" } {
  const signer = newSigner(keyType);
  return { kind: "device", device: deviceIdOf(signer.publicKey), signer };
}

/** A signature of a committee member's, 65 bytes. */
export const signedBy = (member: Wallet) => (digest: Uint8Array) =>
  signRecoverable(digest, fromHex(member.privateKey));

/** A door lock in a committee's care, and what its commanders do. */
export function lockBench(
  options: {
    readonly freshness?: "clock" | "challenge" | "none";
    readonly members?: readonly Wallet[];
    readonly threshold?: number;
    readonly config?: Partial<CommandReceiverConfig>;
  } = {},
) {
  const { members = committee(1), threshold = 1, freshness: kind = "clock" } = options;
  let trust = trustIn(members, threshold);
  const clock = manualClock();
  const journal = memoryCommandJournal();
  const nowS = () => BigInt(Math.floor(clock.nowMs() / 1000));
  const acts: string[] = [];
  const published: Readonly<Record<string, unknown>>[] = [];
  const errors: unknown[] = [];
  let drawn = 0;
  let changes = 0;
  const freshness: Record<string, CommandFreshness | undefined> = {
    clock: { kind: "clock", statementMaxAgeMs: 600_000, journal },
    challenge: {
      kind: "challenge",
      lifeMs: 300_000,
      random: (length) => new Uint8Array(length).fill(++drawn),
      onChange: () => {
        changes += 1;
      },
    },
  };
  const handler = (permission?: bigint): CommandHandler => ({
    ...(permission === undefined ? {} : { permission }),
    act: ({ name, args }) => {
      if (args.jam === true) throw new Error("the bolt is stuck");
      acts.push(name);
      return args.say === undefined ? undefined : String(args.say);
    },
  });
  const bench = {
    clock,
    /** From now on it knows another committee. */
    rely(next: CommitteeTrust) {
      trust = next;
    },
    acts,
    errors,
    /** What the lock published, one object a command. */
    published,
    changes: () => changes,
    nowS,
    statement(commander: Commander, more: Partial<GrantStatement> = {}): GrantStatement {
      const address = commanderAddress(commander);
      return {
        logId: 1n,
        epoch: 0,
        device: lock,
        grantor: owner,
        commander: address,
        signer: commander.kind === "account" ? address : deviceIdOf(commander.signer.publicKey),
        permissions: permissions.COMMAND,
        until: nowS() + 86_400n,
        block: 100n,
        blockTime: nowS() - 12n,
        challenge: 0n,
        ...more,
      };
    },
    sign(statement: GrantStatement, by: readonly Wallet[] = members): SignedStatement {
      const signatures = by.map((member) => signStatement(statement, log, signedBy(member)));
      return { statement, signatures };
    },
    /** A sound command, but for `more`. */
    command(commander: Commander, more: Partial<CreateCommandOptions> = {}) {
      return createCommand({
        name: "unlock",
        args: {},
        commander,
        device: lock,
        domain: grants,
        nonce: nowS() << 64n,
        expiry: nowS() + 60n,
        statement: bench.sign(bench.statement(commander)),
        ...more,
      });
    },
    receiver: createCommandReceiver({
      device: lock,
      grants,
      log,
      trust: () => trust,
      clock,
      commands: {
        unlock: handler(),
        set: handler(permissions.CONFIGURE),
        service: handler(permissions.COMMAND | permissions.MAINTAIN),
      },
      async publish(readings: readonly Reading[]) {
        const said = readings.map((reading) => {
          if ("text" in reading) return [reading.name, reading.text];
          return [reading.name, "bool" in reading ? reading.bool : "data"];
        });
        published.push(Object.fromEntries(said));
      },
      onError: (error) => errors.push(error),
      ...(freshness[kind] === undefined ? {} : { freshness: freshness[kind] }),
      ...options.config,
    }),
    give: (envelope: CommandEnvelope) => bench.receiver.receive(encodeCommandEnvelope(envelope)),
    /** The code with which the lock refuses a command, or what it did. */
    async answer(envelope: CommandEnvelope): Promise<string> {
      const outcome = await bench.give(envelope);
      return "code" in outcome ? outcome.code : outcome.result;
    },
  };
  return bench;
}

export type LockBench = ReturnType<typeof lockBench>;
