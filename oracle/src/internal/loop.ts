/** One unit of work of a loop; answers how long to wait before the next, in milliseconds. */
export type Step = () => Promise<number>;

export type LoopOptions = {
  readonly signal: AbortSignal;
  /** Told of a failed step; answers how long to wait before the next, in milliseconds. */
  readonly onError: (error: unknown) => number;
};

/** A running loop: `wake` ends the present wait, `done` settles when the loop has ended. */
export type Loop = { wake(): void; readonly done: Promise<void> };

/** Repeats `step` until the signal aborts. A step under way is always finished. */
export function loop(step: Step, { signal, onError }: LoopOptions): Loop {
  let endWait: () => void = () => {};
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
      if (signal.aborted) endWait();
    });
  const wakeOnAbort = () => endWait();
  signal.addEventListener("abort", wakeOnAbort);
  const run = async () => {
    while (!signal.aborted) {
      const delayMs = await step().catch(onError);
      if (!signal.aborted) await wait(delayMs);
    }
    signal.removeEventListener("abort", wakeOnAbort);
  };
  return { wake: () => endWait(), done: run() };
}
