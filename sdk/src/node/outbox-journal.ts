import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { concatBytes } from "../bytes/arrays.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { encodeOutboxRecord, type OutboxRecord } from "./outbox-record.ts";

type Waiting = {
  readonly bytes: Uint8Array;
  readonly durable: boolean;
  readonly written: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Makes names in a folder (creations, renames, removals) survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * An append-only file of outbox records with group commit: what is appended while a flush is under
 * way shares the next one.
 */
export class OutboxJournal {
  readonly #path: string;
  #file: FileHandle;
  #bytes: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Creates `path`, which must not exist (EEXIST), holding `records`; durable when it returns. */
  static async create(path: string, records: readonly OutboxRecord[]): Promise<OutboxJournal> {
    const bytes = concatBytes(...records.map(encodeOutboxRecord));
    const file = await open(path, "ax", 0o600);
    try {
      await writeAll(file, bytes);
      await file.sync();
      await syncFolder(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new OutboxJournal(path, file, bytes.length);
  }

  /** Length of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends a record; `written` runs once it is in the file and, with `durable`, on the disk.
   * @throws OUTBOX_FAILED
   */
  append(record: OutboxRecord, durable: boolean, written: () => void): Promise<void> {
    const bytes = encodeOutboxRecord(record);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, durable, written, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Replaces the file by one that holds what `records` answers after all appends so far. */
  async compact(records: () => readonly OutboxRecord[]): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    const run = async () => {
      const bytes = concatBytes(...records().map(encodeOutboxRecord));
      const draft = `${this.#path}.tmp`;
      const file = await open(draft, "w", 0o600);
      try {
        await writeAll(file, bytes);
        await file.sync();
        await rename(draft, this.#path);
        await syncFolder(dirname(this.#path));
      } catch (error) {
        await file.close();
        throw error;
      }
      await this.#file.close();
      this.#file = file;
      this.#bytes = bytes.length;
    };
    const compacting = run();
    this.#flushing = compacting.then(
      () => this.#flush(),
      () => this.#flush(),
    );
    await compacting;
  }

  async close(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    await undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batch);
        for (const { written, resolve } of batch) {
          written();
          resolve();
        }
      } catch (cause) {
        const error = sdkError("OUTBOX_FAILED", `Cannot write ${this.#path}.`, {}, cause);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = concatBytes(...batch.map((one) => one.bytes));
    try {
      await writeAll(this.#file, bytes);
    } catch (error) {
      // A part may be in the file; what follows a torn record would be lost to the reader.
      await this.#file.truncate(this.#bytes).catch((failure: unknown) => {
        this.#failure = failure;
      });
      throw error;
    }
    if (batch.some((one) => one.durable)) {
      try {
        await this.#file.datasync();
      } catch (error) {
        // After a failed sync nobody knows what is on the disk: only a restart reads it again.
        this.#failure = error;
        throw error;
      }
    }
    this.#bytes += bytes.length;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at)).bytesWritten;
  }
}
