import {
  type CommandCall,
  type CommandFreshness,
  type CommandHandler,
  type CommandOutcome,
  type CommandReceiverConfig,
  createCommandReceiver,
  type DeviceClient,
  type DeviceClock,
  permissions,
} from "@fieldseal/sdk";
import {
  type ConnectDeviceOptions,
  connectDevice,
  fileCommandJournal,
  runSteps,
} from "@fieldseal/sdk/node";

/** The hardware: what moves the bolt. */
type Bolt = { open(): void; close(): void };

/** Whether the lock has a clock that knows the date, or answers by challenges. */
type LockTime =
  | { readonly kind: "clock"; readonly journalFolder: string; readonly statementMaxAgeMs: number }
  | { readonly kind: "challenge"; readonly lifeMs: number };

export type DoorLockOptions = {
  readonly connection: Omit<ConnectDeviceOptions, "commands" | "clock" | "random">;
  readonly clock: DeviceClock;
  readonly random: (length: number) => Uint8Array;
  readonly time: LockTime;
  readonly bolt: Bolt;
  /** How long the door stays open, milliseconds; 5,000 if left out. */
  readonly openMs?: number;
  /** Told of each command. */
  readonly onOutcome?: (outcome: CommandOutcome) => void;
} & Pick<CommandReceiverConfig, "grants" | "log" | "trust" | "onError">;

/** A lock at work. */
export type DoorLock = { readonly isOpen: () => boolean; close(): Promise<void> };

const longestOpenS = 60;
const retryMs = 1000;

/**
 * A door lock: `unlock` opens it for some seconds, `lock` closes it at once (both need COMMAND), `set-open-time`
 * changes for how long (CONFIGURE). Each change of the bolt is a reading `locked`.
 */
export async function startDoorLock(options: DoorLockOptions): Promise<DoorLock> {
  const { clock, random, bolt, onOutcome = () => {}, onError = () => {} } = options;
  let client: DeviceClient | undefined;
  const { freshness, closeJournal } = await openFreshness(options, () => client?.announce());
  let openMs = options.openMs ?? 5000;
  let closeAtMs: number | undefined;
  let wake = () => {};

  /** What the bolt does never hangs on whether it can be published. */
  async function move(isLocked: boolean): Promise<void> {
    if (isLocked) bolt.close();
    else bolt.open();
    closeAtMs = isLocked ? undefined : clock.nowMs() + openMs;
    wake();
    await client?.send([{ name: "locked", bool: isLocked }]).catch(onError);
  }

  const commands: Record<string, CommandHandler> = {
    unlock: { act: () => move(false).then(() => undefined) },
    lock: { act: () => move(true).then(() => undefined) },
    "set-open-time": {
      permission: permissions.CONFIGURE,
      act(call) {
        openMs = secondsOf(call) * 1000;
        return `${openMs / 1000} s`;
      },
    },
  };
  const receiver = createCommandReceiver({
    ...options,
    device: options.connection.device,
    freshness,
    commands,
    publish: async (readings) => client?.send(readings),
  });
  const connected = await connectDevice({
    ...options.connection,
    clock,
    random,
    commands: {
      onCommand: (bytes) => void receiver.receive(bytes).then(onOutcome),
      challenge: receiver.challenge,
    },
  });
  client = connected.client;

  /** Closes the door when it is time. @returns milliseconds until it should be asked again */
  async function closeInTime(): Promise<number> {
    if (closeAtMs === undefined) return Number.POSITIVE_INFINITY;
    const nowMs = clock.nowMs();
    // A clock set back must not keep the door open.
    closeAtMs = Math.min(closeAtMs, nowMs + openMs);
    if (nowMs < closeAtMs) return closeAtMs - nowMs;
    await move(true);
    return Number.POSITIVE_INFINITY;
  }

  const steps = runSteps(async () => {
    const boltMs = await closeInTime().catch((error: unknown) => {
      // A bolt that is stuck is tried again.
      onError(error);
      return retryMs;
    });
    return Math.max(0, Math.min(receiver.step(), boltMs));
  });
  wake = steps.wake;

  return {
    isOpen: () => closeAtMs !== undefined,
    async close() {
      await steps.stop();
      await connected.close();
      await closeJournal();
      bolt.close();
    },
  };
}

async function openFreshness({ time, random }: DoorLockOptions, onChange: () => void) {
  if (time.kind === "challenge") {
    const freshness: CommandFreshness = { ...time, random, onChange };
    return { freshness, closeJournal: async () => {} };
  }
  const journal = await fileCommandJournal(time.journalFolder);
  const freshness: CommandFreshness = { ...time, journal };
  return { freshness, closeJournal: () => journal.close() };
}

function secondsOf({ args: { seconds } }: CommandCall): number {
  const isTime = typeof seconds === "number" && seconds >= 1 && seconds <= longestOpenS;
  if (!isTime) throw new RangeError(`seconds is a whole number from 1 to ${longestOpenS}`);
  return seconds;
}
