import type { TypedDataDomain } from "ethers";
import { permissions } from "../access/permissions.ts";
import { hex } from "../bytes/hex.ts";
import { word } from "../bytes/integers.ts";
import type { DeviceClock } from "../device/ports.ts";
import { errorCode, sdkError } from "../errors/sdk-error.ts";
import type { Reading } from "../senml/pack-of.ts";
import type { DeviceId } from "../types.ts";
import { checkChallenge, checkCommander, checkTimes } from "./check-command.ts";
import { type CommandChallenge, commandChallenge } from "./command-challenge.ts";
import { type CommandContent, decodeCommandContent } from "./command-content.ts";
import { type CommandEnvelope, decodeCommandEnvelope } from "./command-envelope.ts";
import type { CommandJournal } from "./command-journal.ts";
import { type CommandOutcome, outcomeReadings } from "./command-outcome.ts";
import type { CommitteeTrust } from "./committee-trust.ts";
import { type RateLimit, rateLimiter } from "./rate-limit.ts";
import { verifyStatement } from "./verify-statement.ts";

/** A command that passed every check. */
export type CommandCall = CommandContent & {
  readonly commander: `0x${string}`;
  /** By whose word he may. */
  readonly grantor: `0x${string}`;
};

/** One thing that a device can be told to do. */
export type CommandHandler = {
  /** Bits of AccessGrants, all of them needed; COMMAND if left out. */
  readonly permission?: bigint;
  /** Does it, once. Its text is published as the result; "done" if there is none. */
  act(call: CommandCall): Promise<string | undefined> | string | undefined;
};

/** How a device knows that a command is new. */
export type CommandFreshness =
  /** By its clock, which knows the date, and the commanders' numbers. */
  | {
      readonly kind: "clock";
      /** Oldest statement taken, by its block's time, milliseconds. */
      readonly statementMaxAgeMs: number;
      readonly journal: CommandJournal;
    }
  /** By a challenge of its own; its clock need only go forward. */
  | {
      readonly kind: "challenge";
      /** How long a challenge stands when nobody uses it, milliseconds. */
      readonly lifeMs: number;
      readonly random: (length: number) => Uint8Array;
      /** Called when there is a new one, to publish it. */
      readonly onChange?: () => void;
    };

export type CommandReceiverConfig = {
  readonly device: DeviceId;
  /** AccessGrants' EIP-712 domain, from grantsDomain. */
  readonly grants: TypedDataDomain;
  /** ReadingLog's EIP-712 domain, from logDomain. */
  readonly log: TypedDataDomain;
  /** The committee of the device's home log. */
  readonly trust: () => CommitteeTrust;
  readonly clock: DeviceClock;
  /** Without it every command is refused: nothing would tell a new one from a replay. */
  readonly freshness?: CommandFreshness;
  /** What the device can do, by the command's name. */
  readonly commands: Readonly<Record<string, CommandHandler>>;
  /** Publishes what became of a command: DeviceClient's send. */
  readonly publish: (readings: readonly Reading[]) => Promise<unknown>;
  readonly onError?: (error: unknown) => void;
  /** How many refusals of strangers are published; 5, then one a minute, if left out. */
  readonly strangers?: RateLimit;
  /** The same for refusals of those whom the committee vouches for, now or once; 20, then one each 5 s. */
  readonly known?: RateLimit;
};

export type CommandReceiver = {
  /** Judges what came on the command topic, and acts on it. One after the other; it never rejects. */
  receive(bytes: Uint8Array): Promise<CommandOutcome>;
  /** The present challenge as 0x and 32 hex digits; undefined for a device with a clock. */
  challenge(): string | undefined;
  /** Replaces an old challenge. @returns milliseconds until it should be called again */
  step(): number;
};

const maxWaiting = 16;
const longestStepMs = 60_000;
const defaultStrangers: RateLimit = { burst: 5, everyMs: 60_000 };
const defaultKnown: RateLimit = { burst: 20, everyMs: 5000 };

/** The device's side of commands: everything is refused that is not proven to be allowed, new and meant for it. */
export function createCommandReceiver(config: CommandReceiverConfig): CommandReceiver {
  const { clock, freshness, device, onError = () => {} } = config;
  const mayPublish = {
    stranger: rateLimiter(config.strangers ?? defaultStrangers),
    known: rateLimiter(config.known ?? defaultKnown),
  };
  const challenge =
    freshness?.kind === "challenge"
      ? commandChallenge({ ...freshness, elapsedMs: () => clock.nowMs() })
      : undefined;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function renewChallenge(current: CommandChallenge): void {
    current.renew();
    if (freshness?.kind === "challenge") freshness.onChange?.();
  }

  /** Refuses what is not new, and makes sure that this command never is again. */
  async function takeOnce(envelope: CommandEnvelope): Promise<void> {
    const { commander, nonce, expiry } = envelope;
    if (challenge !== undefined) {
      if (challenge.leftMs() <= 0) renewChallenge(challenge);
      checkChallenge(envelope, challenge.current);
      renewChallenge(challenge);
      return;
    }
    if (freshness?.kind !== "clock") throw untimed();
    const { journal } = freshness;
    if (nonce <= (journal.last(commander) ?? -1n)) {
      throw sdkError("COMMAND_REPLAYED", "The command is not newer than the commander's last.", {
        commander,
      });
    }
    await journal.accept({ commander, nonce, expiry }, nowS(clock));
  }

  /** Whether the chain grants it, as far as a device can know. */
  function checkGranted(envelope: CommandEnvelope, content: CommandContent): CommandHandler {
    const nowMs = clock.nowMs();
    if (freshness === undefined) throw untimed();
    if (freshness.kind === "clock") checkTimes(envelope, { ...freshness, nowMs });
    if (challenge !== undefined) checkChallenge(envelope, challenge.current);
    const handler = Object.hasOwn(config.commands, content.name)
      ? config.commands[content.name]
      : undefined;
    if (handler === undefined) {
      throw sdkError("COMMAND_UNKNOWN", "The device knows no such command.", {
        name: content.name,
      });
    }
    const needed = handler.permission ?? permissions.COMMAND;
    const { statement } = envelope.statement;
    if (needed === 0n || (statement.permissions & needed) !== needed) {
      throw sdkError("COMMAND_PERMISSION", "The grant does not include this command.", {
        needed: needed.toString(),
      });
    }
    return handler;
  }

  async function publish(
    envelope: CommandEnvelope,
    content: CommandContent,
    outcome: { readonly isDone: boolean; readonly result: string },
  ): Promise<void> {
    const time = freshness?.kind === "clock" ? { timeMs: clock.nowMs() } : {};
    try {
      await config.publish(outcomeReadings(envelope, content, { ...outcome, ...time }));
    } catch (error) {
      onError(error);
    }
  }

  async function act(
    handler: CommandHandler,
    envelope: CommandEnvelope,
    content: CommandContent,
  ): Promise<CommandOutcome> {
    const { commander, statement } = envelope;
    const { grantor } = statement.statement;
    try {
      const result = (await handler.act({ ...content, commander, grantor })) ?? "done";
      await publish(envelope, content, { isDone: true, result });
      return { kind: "done", result };
    } catch (error) {
      onError(error);
      const code = errorCode(error) ?? "COMMAND_FAILED";
      await publish(envelope, content, { isDone: false, result: code });
      return { kind: "failed", code };
    }
  }

  async function judge(bytes: Uint8Array): Promise<CommandOutcome> {
    const { envelope, content } = open(bytes);
    let who: keyof typeof mayPublish = "stranger";
    let handler: CommandHandler;
    checkCommander(envelope, { device, domain: config.grants });
    try {
      verifyStatement(envelope.statement, { domain: config.log, trust: config.trust() });
      who = "known";
      handler = checkGranted(envelope, content);
      await takeOnce(envelope);
    } catch (error) {
      const code = codeOf(error);
      const published = mayPublish[who](clock.nowMs());
      if (published) await publish(envelope, content, { isDone: false, result: code });
      return { kind: "refused", code, published };
    }
    return act(handler, envelope, content);
  }

  return {
    async receive(bytes) {
      if (waiting >= maxWaiting) return { kind: "rubbish", code: "COMMAND_BUSY" };
      waiting += 1;
      const judged = last.then(() => judge(bytes));
      const outcome = judged.catch((error: unknown): CommandOutcome => {
        onError(error);
        return { kind: "rubbish", code: codeOf(error) };
      });
      last = outcome;
      return outcome.finally(() => {
        waiting -= 1;
      });
    },
    challenge: () =>
      challenge === undefined ? undefined : hex(word(challenge.current).subarray(16)),
    step() {
      if (challenge === undefined) return longestStepMs;
      try {
        if (challenge.leftMs() <= 0) renewChallenge(challenge);
      } catch (error) {
        // The old challenge is refused all the same.
        onError(error);
        return longestStepMs;
      }
      return Math.min(longestStepMs, challenge.leftMs());
    },
  };
}

function open(bytes: Uint8Array): { envelope: CommandEnvelope; content: CommandContent } {
  const envelope = decodeCommandEnvelope(bytes);
  return { envelope, content: decodeCommandContent(envelope.command) };
}

function nowS(clock: DeviceClock): bigint {
  return BigInt(Math.floor(clock.nowMs() / 1000));
}

function codeOf(error: unknown): string {
  return errorCode(error) ?? "COMMAND_FAILED";
}

function untimed(): Error {
  return sdkError("COMMAND_UNTIMED", "The device has neither a clock nor challenges.");
}
