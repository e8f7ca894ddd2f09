import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { ContentRules, ReadingTimes } from "./check-content.ts";
import type { Checker, CheckTask } from "./checker.ts";
import { type BatchAnswer, errorOfFault, packTasks } from "./task-batch.ts";

type Waiting = {
  readonly task: CheckTask;
  readonly resolve: (times: ReadingTimes) => void;
  readonly reject: (error: Error) => void;
};

type Thread = { worker: Worker; readonly batches: Waiting[][] };

/** Messages that go to a thread together: going there costs as much for one as for all. */
const batchSize = 32;
/** One is worked on while others lie ready: a thread goes on while the event loop is held up by a commit. */
const batchesAhead = 16;
const maxHeapMb = 256;

/** The compiled release has no .ts beside it. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./check-worker.ts" : "./check-worker.js",
  import.meta.url,
);

export type CheckThreadsOptions = {
  readonly log: Logger;
  readonly rules: ContentRules;
  /** How many, one at least. */
  readonly threads: number;
  /** Starts one; by default as it is told. */
  readonly startThread?: (start: () => Worker) => Worker;
};

/**
 * Checks in threads of their own, in batches. The event loop is left to carriers and commits, and a check costs less
 * than over libuv's pool, where each goes alone. A thread that dies fails what it had and is started anew.
 */
export function checkThreads(options: CheckThreadsOptions): Checker {
  const { log, rules, threads, startThread = (begin) => begin() } = options;
  let waiting: Waiting[] = [];
  let isDue = false;
  let isStopped = false;
  const { domain, skewMs } = rules;

  const begin = () =>
    new Worker(workerUrl, {
      workerData: { domain: Uint8Array.from(domain), skewMs },
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 16 },
    });
  const start = (): Worker => {
    const worker = startThread(begin);
    worker.unref();
    return worker;
  };

  const listen = (thread: Thread) => {
    const { worker } = thread;
    worker.on("message", (answer: BatchAnswer) => {
      settle(thread.batches.shift() ?? [], answer);
      deal();
    });
    worker.on("error", (error) => log.error({ err: error }, "a checking thread failed"));
    worker.on("exit", () => {
      const lost = thread.batches.splice(0).flat();
      for (const { reject } of lost) reject(new Error("The checking thread died."));
      if (isStopped) return;
      thread.worker = start();
      listen(thread);
      deal();
    });
  };
  const pool = Array.from({ length: Math.max(1, threads) }, () => {
    const thread: Thread = { worker: start(), batches: [] };
    listen(thread);
    return thread;
  });

  function deal(): void {
    for (let round = 0; round < batchesAhead; round++) {
      for (const thread of pool) {
        // A busy thread gets no crumbs: they grow while it works.
        if (waiting.length < (round === 0 ? 1 : batchSize)) return;
        if (thread.batches.length > round) continue;
        const batch = waiting.slice(0, batchSize);
        waiting = waiting.slice(batch.length);
        thread.batches.push(batch);
        const packed = packTasks(batch.map(({ task }) => task));
        thread.worker.postMessage(packed, [packed]);
      }
    }
  }

  return {
    check: (task) =>
      new Promise((resolve, reject) => {
        waiting.push({ task, resolve, reject });
        if (isDue) return;
        isDue = true;
        // After everything that arrived in this turn.
        setImmediate(() => {
          isDue = false;
          deal();
        });
      }),
    async stop() {
      isStopped = true;
      await Promise.all(pool.map(({ worker }) => worker.terminate()));
      for (const { reject } of waiting.splice(0)) reject(new Error("No thread checks any more."));
    },
  };
}

function settle(batch: readonly Waiting[], { times, faults }: BatchAnswer): void {
  for (const fault of faults) batch[fault.at]?.reject(errorOfFault(fault));
  for (const [at, { resolve }] of batch.entries()) {
    resolve({ firstMs: times[2 * at] ?? 0, lastMs: times[2 * at + 1] ?? 0 });
  }
}
