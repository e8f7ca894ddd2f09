import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sdkError } from "../errors/sdk-error.ts";

/** Held while a process works on an outbox. */
export type OutboxLock = { release(): void };

/**
 * Takes an outbox's folder for this process by an exclusive SQLite transaction on a file of its own:
 * a lock of the operating system, so it ends with the process and kill −9 leaves nothing stale.
 * @throws OUTBOX_LOCKED if another process, or another outbox of this one, holds it
 */
export function lockOutbox(folder: string): OutboxLock {
  const database = new DatabaseSync(join(folder, "lock.db"), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) {
      throw sdkError("OUTBOX_LOCKED", `Another process works on ${folder}.`, { folder });
    }
    throw cause;
  }
  return { release: () => database.close() };
}
