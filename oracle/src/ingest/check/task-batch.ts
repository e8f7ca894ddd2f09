import { FieldsealError, type KeyType, type PublicKey } from "@fieldseal/sdk";
import type { ReadingTimes } from "./check-content.ts";
import type { CheckTask } from "./checker.ts";

/** Length, key type, time and point before each message's bytes. */
const headLength = 4 + 1 + 8 + 64;

/** What went wrong with one message of a batch; without a code it is a defect. */
export type TaskFault = {
  readonly at: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
};

/** What became of a batch: two times of each message, and those that failed. */
export type BatchAnswer = { readonly times: Float64Array; readonly faults: readonly TaskFault[] };

/** Messages with their keys in one buffer, which changes hands between threads without a copy. */
export function packTasks(tasks: readonly CheckTask[]): ArrayBuffer {
  const length = tasks.reduce((sum, { bytes }) => sum + headLength + bytes.length, 0);
  const packed = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (const { bytes, key, nowMs } of tasks) {
    at = packed.writeUInt32BE(bytes.length, at);
    at = packed.writeUInt8(key.keyType, at);
    at = packed.writeDoubleBE(nowMs, at);
    packed.set(key.point, at);
    packed.set(bytes, at + 64);
    at += 64 + bytes.length;
  }
  return packed.buffer as ArrayBuffer;
}

export type UnpackedTask = {
  readonly bytes: Uint8Array;
  readonly key: PublicKey;
  readonly nowMs: number;
};

/** Reads {@link packTasks} back; the bytes are views. */
export function unpackTasks(buffer: ArrayBuffer): UnpackedTask[] {
  const packed = Buffer.from(buffer);
  const tasks: UnpackedTask[] = [];
  for (let at = 0; at < packed.length; ) {
    const end = at + headLength + packed.readUInt32BE(at);
    const keyType = packed.readUInt8(at + 4) as KeyType;
    const nowMs = packed.readDoubleBE(at + 5);
    const point = new Uint8Array(buffer, at + 13, 64);
    const start = at + headLength;
    tasks.push({
      bytes: new Uint8Array(buffer, start, end - start),
      key: { keyType, point },
      nowMs,
    });
    at = end;
  }
  return tasks;
}

/** Runs `check` on each task. What it throws becomes the fault of that message alone. */
export function answerTasks(
  tasks: readonly UnpackedTask[],
  check: (task: UnpackedTask) => ReadingTimes,
): BatchAnswer {
  const times = new Float64Array(2 * tasks.length);
  const faults: TaskFault[] = [];
  for (const [at, task] of tasks.entries()) {
    try {
      const { firstMs, lastMs } = check(task);
      times[2 * at] = firstMs;
      times[2 * at + 1] = lastMs;
    } catch (error) {
      const isOurs = error instanceof FieldsealError;
      const message = error instanceof Error ? error.message : String(error);
      const [code, details] = isOurs ? [error.code, error.details] : [undefined, {}];
      faults.push({ at, code, message, details });
    }
  }
  return { times, faults };
}

export function errorOfFault({ code, message, details }: TaskFault): Error {
  return code === undefined ? new Error(message) : new FieldsealError(code, message, details);
}
