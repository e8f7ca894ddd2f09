import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { outboxKey } from "../device/outbox-key.ts";
import type { Outbox, OutboxEntry } from "../device/ports.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { OutboxJournal, syncFolder } from "./outbox-journal.ts";
import { lockOutbox } from "./outbox-lock.ts";
import { type OutboxRecord, readOutboxRecords } from "./outbox-record.ts";
import { applyOutboxRecord, emptyOutboxState, snapshotRecords } from "./outbox-state.ts";

export type FileOutboxOptions = {
  /** Most messages kept; 10,000 if left out. */
  readonly maxMessages?: number;
  /** Most bytes of messages kept; 16 MiB if left out. */
  readonly maxBytes?: number;
  /** Most dead letters kept; 1,000 if left out. */
  readonly maxDeadLetters?: number;
  /** The journal is rewritten when it is longer than this and four fifths of it are obsolete; 1 MiB if left out. */
  readonly compactBytes?: number;
};

const maxBoot = 0xffff_ffff;

/**
 * An {@link Outbox} in a folder of its own, one writer at a time.
 *
 * Each boot has its own journal, `journal-<boot counter>`, created exclusively: the file's name is
 * the counter, so no damage to any file's content can make a boot counter, and with it a sequence,
 * come twice. A journal begins with what the ones before it left; those are removed once it is on
 * the disk. Records carry a CRC-32; reading stops at the first that is torn, and the journal it was
 * in is kept as `damaged-<boot counter>`.
 *
 * @throws OUTBOX_LOCKED if another process works on the folder
 */
export async function fileOutbox(folder: string, options: FileOutboxOptions = {}): Promise<Outbox> {
  const { maxMessages = 10_000, maxBytes = 1 << 24, maxDeadLetters = 1000 } = options;
  const { compactBytes = 1 << 20 } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockOutbox(folder);
  const state = emptyOutboxState();
  let old: Journals;
  try {
    old = await readJournals(folder, (record) => applyOutboxRecord(state, record));
  } catch (error) {
    lock.release();
    throw error;
  }
  let boot = old.lastBoot;
  let journal: OutboxJournal | undefined;
  let messages = state.pending.size;
  let bytes = 0;
  for (const entry of state.pending.values()) bytes += entry.bytes.length;
  let compacting: Promise<void> | undefined;

  const started = (): OutboxJournal => {
    if (journal === undefined) throw sdkError("OUTBOX_FAILED", "Call nextBoot first.");
    return journal;
  };
  const compactIfWorth = (current: OutboxJournal): void => {
    if (compacting !== undefined || current.bytes < compactBytes + 5 * bytes) return;
    compacting = current
      .compact(() => snapshotRecords(state))
      .catch(() => {
        // The long journal still holds everything; the next removal tries again.
      })
      .finally(() => {
        compacting = undefined;
      });
  };
  const release = (entry: OutboxEntry): void => {
    messages -= 1;
    bytes -= entry.bytes.length;
  };

  return {
    async nextBoot() {
      if (boot >= maxBoot) throw sdkError("OUTBOX_EXHAUSTED", "No boot counter is left.");
      await compacting;
      await journal?.close();
      journal = undefined;
      boot += 1;
      journal = await OutboxJournal.create(journalPath(folder, boot), snapshotRecords(state));
      await removeOlder(folder, boot, old.damaged);
      return boot;
    },

    async put(entry) {
      const current = started();
      if (messages >= maxMessages || bytes + entry.bytes.length > maxBytes) {
        throw sdkError("OUTBOX_FULL", "The outbox is full.", { messages, bytes });
      }
      messages += 1;
      bytes += entry.bytes.length;
      try {
        await current.append({ kind: "put", ...entry }, true, () => {
          applyOutboxRecord(state, { kind: "put", ...entry });
        });
      } catch (error) {
        release(entry);
        throw error;
      }
    },

    async remove({ keyIndex, sequence }) {
      const current = started();
      const entry = state.pending.get(outboxKey({ keyIndex, sequence }));
      if (entry === undefined) return;
      release(entry);
      applyOutboxRecord(state, { kind: "remove", keyIndex, sequence });
      await current.append({ kind: "remove", keyIndex, sequence }, false, () => {});
      compactIfWorth(current);
    },

    async bury({ keyIndex, sequence }, code, reason) {
      const current = started();
      const entry = state.pending.get(outboxKey({ keyIndex, sequence }));
      if (entry === undefined) return true;
      if (state.dead.size >= maxDeadLetters) return false;
      const record: OutboxRecord = { kind: "bury", keyIndex, sequence, code, reason };
      release(entry);
      applyOutboxRecord(state, record);
      await current.append(record, true, () => {});
      return true;
    },

    entries: () => [...state.pending.values()],
    deadLetters: () => [...state.dead.values()],

    async discard({ keyIndex, sequence }) {
      const record: OutboxRecord = { kind: "discard", keyIndex, sequence };
      applyOutboxRecord(state, record);
      await started().append(record, true, () => {});
    },

    async close() {
      await compacting;
      await journal?.close();
      journal = undefined;
      lock.release();
    },
  };
}

type Journals = { readonly lastBoot: number; readonly damaged: ReadonlySet<number> };

function journalPath(folder: string, boot: number): string {
  return join(folder, `journal-${boot.toString().padStart(10, "0")}`);
}

function damagedPath(path: string): string {
  return path.replace(/journal-(\d{10})$/, "damaged-$1");
}

async function bootsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .map((name) => /^(?:journal|damaged)-(\d{10})$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

async function readJournals(
  folder: string,
  apply: (record: OutboxRecord) => void,
): Promise<Journals> {
  const boots = await bootsIn(folder);
  const damaged = new Set<number>();
  for (const boot of boots) {
    const content = await readFile(journalPath(folder, boot)).catch((error: unknown) => {
      if (isMissing(error)) return new Uint8Array(0);
      throw error;
    });
    if (readOutboxRecords(content, apply) < content.length) damaged.add(boot);
  }
  return { lastBoot: boots.at(-1) ?? 0, damaged };
}

async function removeOlder(
  folder: string,
  boot: number,
  damaged: ReadonlySet<number>,
): Promise<void> {
  for (const older of await bootsIn(folder)) {
    if (older >= boot) continue;
    const path = journalPath(folder, older);
    if (damaged.has(older)) {
      await rename(path, damagedPath(path)).catch(ignoreMissing);
    } else {
      await rm(path, { force: true });
      if (damaged.size > 0) await rm(damagedPath(path), { force: true });
    }
  }
  await rm(`${journalPath(folder, boot - 1)}.tmp`, { force: true });
  await syncFolder(folder);
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
