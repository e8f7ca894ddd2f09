import { sdkError } from "../errors/sdk-error.ts";

/** The last command that a device took from a commander. */
export type AcceptedCommand = {
  readonly commander: `0x${string}`;
  readonly nonce: bigint;
  /** Seconds since 1970; after it no command up to this nonce can come back. */
  readonly expiry: bigint;
};

/**
 * What a device remembers of the commands it took, so that none comes back.
 * What `accept` has returned from survives any crash.
 */
export type CommandJournal = {
  /** The largest nonce taken from a commander. */
  last(commander: `0x${string}`): bigint | undefined;
  /** Takes a larger one, durably. @throws COMMAND_JOURNAL */
  accept(command: AcceptedCommand, nowS: bigint): Promise<void>;
};

/** Most commanders that a journal remembers at a time. */
export const maxCommanders = 1000;

/** What a journal adds up to. */
export type AcceptedCommands = ReadonlyMap<string, AcceptedCommand>;

/**
 * The state after one more command. Commanders whose commands have all expired are forgotten, but only when room
 * is needed: a clock that is set back later must not bring them back.
 * @throws COMMAND_JOURNAL when there is no room
 */
export function withCommand(
  accepted: AcceptedCommands,
  command: AcceptedCommand,
  nowS: bigint,
): AcceptedCommands {
  const before = accepted.get(command.commander);
  const expiry =
    before !== undefined && before.expiry > command.expiry ? before.expiry : command.expiry;
  const next = new Map(accepted).set(command.commander, { ...command, expiry });
  if (next.size <= maxCommanders) return next;
  const live = [...next].filter(([, entry]) => entry.expiry > nowS);
  if (live.length > maxCommanders) {
    throw sdkError("COMMAND_JOURNAL", "Too many commanders at a time.", { maxCommanders });
  }
  return new Map(live);
}

/** A {@link CommandJournal} that forgets everything when its process ends: for tests. */
export function memoryCommandJournal(): CommandJournal {
  let accepted: AcceptedCommands = new Map();
  return {
    last: (commander) => accepted.get(commander)?.nonce,
    async accept(command, nowS) {
      accepted = withCommand(accepted, command, nowS);
    },
  };
}
