import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type AcceptedCommand,
  type AcceptedCommands,
  type CommandJournal,
  maxCommanders,
  withCommand,
} from "../command/command-journal.ts";
import { errorCode, sdkError } from "../errors/sdk-error.ts";
import { syncFolder } from "./outbox-journal.ts";
import { lockOutbox } from "./outbox-lock.ts";

const format = "fieldseal-commands/1";
const fileName = "accepted.json";

/** A {@link CommandJournal} in a folder of its own, for one process at a time. */
export type FileCommandJournal = CommandJournal & { close(): Promise<void> };

/**
 * Opens a device's journal of commands. The file is replaced whole at each command, durably, before the device acts.
 * Losing the folder forgets what was taken: commands of the last hour could come back.
 * @throws OUTBOX_LOCKED, COMMAND_JOURNAL if the file is damaged: to begin anew without it would let commands come back
 */
export async function fileCommandJournal(folder: string): Promise<FileCommandJournal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockOutbox(folder);
  const path = join(folder, fileName);
  let accepted: AcceptedCommands;
  try {
    accepted = await readAccepted(path);
  } catch (error) {
    lock.release();
    throw error;
  }
  let writing: Promise<unknown> = Promise.resolve();

  async function accept(command: AcceptedCommand, nowS: bigint): Promise<void> {
    const next = withCommand(accepted, command, nowS);
    await writeAccepted(path, next);
    accepted = next;
  }

  return {
    last: (commander) => accepted.get(commander)?.nonce,
    accept(command, nowS) {
      const written = writing.then(() => accept(command, nowS));
      writing = written.catch(() => {});
      return written;
    },
    async close() {
      await writing;
      lock.release();
    },
  };
}

async function writeAccepted(path: string, accepted: AcceptedCommands): Promise<void> {
  const entries = [...accepted.values()].map(({ commander, nonce, expiry }) => [
    commander,
    nonce.toString(),
    expiry.toString(),
  ]);
  try {
    const draft = await open(`${path}.tmp`, "w", 0o600);
    try {
      await draft.writeFile(JSON.stringify({ format, accepted: entries }));
      await draft.sync();
    } finally {
      await draft.close();
    }
    await rename(`${path}.tmp`, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw sdkError("COMMAND_JOURNAL", `Cannot write ${path}.`, { path }, cause);
  }
}

async function readAccepted(path: string): Promise<AcceptedCommands> {
  try {
    const text = await readFile(path, "utf8");
    return parseAccepted(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return new Map();
    if (errorCode(cause) !== undefined) throw cause;
    throw sdkError("COMMAND_JOURNAL", `Cannot read ${path}.`, { path }, cause);
  }
}

function parseAccepted(value: unknown): AcceptedCommands {
  const file = value as { format?: unknown; accepted?: unknown };
  const entries = Array.isArray(file?.accepted) ? file.accepted : undefined;
  if (file?.format !== format || entries === undefined || entries.length > maxCommanders) {
    throw sdkError("COMMAND_JOURNAL", `The journal of commands is no ${format}.`);
  }
  return new Map(
    entries.map((entry: unknown) => {
      const [commander, nonce, expiry]: unknown[] = Array.isArray(entry) ? entry : [];
      if (!isAddress(commander) || !isDecimal(nonce) || !isDecimal(expiry)) {
        throw sdkError("COMMAND_JOURNAL", "An entry of the journal of commands is damaged.");
      }
      return [commander, { commander, nonce: BigInt(nonce), expiry: BigInt(expiry) }];
    }),
  );
}

function isAddress(value: unknown): value is `0x${string}` {
  return typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value);
}

function isDecimal(value: unknown): value is string {
  return typeof value === "string" && /^(?:0|[1-9][0-9]{0,77})$/.test(value);
}
