/** A loop under way. */
export type RunningSteps = {
  /** Lets the next step run now rather than when the last one asked for it. */
  wake(): void;
  /** Resolves when the step under way, if any, is done; no further one runs. */
  stop(): Promise<void>;
};

/** Runs `step` over and over, each time after as many milliseconds as it answered. */
export function runSteps(step: () => Promise<number>): RunningSteps {
  let ended = false;
  let wake = () => {};
  const run = async () => {
    while (!ended) {
      let woken = false;
      wake = () => {
        woken = true;
      };
      const delayMs = await step();
      if (ended || woken) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const running = run();
  return {
    wake: () => wake(),
    async stop() {
      ended = true;
      wake();
      await running;
    },
  };
}
