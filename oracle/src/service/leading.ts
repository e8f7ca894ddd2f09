import type { Election, Leadership } from "../election/types.ts";

type Stoppable = { stop(): Promise<void> };

/** Runs the leader's parts while this process leads. */
export type Leading<Parts> = {
  /** The parts that run. */
  parts(): Parts | undefined;
  /** Starts or stops them as the election has it. @returns milliseconds to the next step */
  step(): Promise<number>;
  stop(): Promise<void>;
};

const pollMs = 1000;

/**
 * Brings the leader's parts in step with the election. Those of one leadership have ended before those of the next begin.
 * @param start Starts them; all that they know they read anew
 */
export function createLeading<Parts extends Stoppable>(
  election: Election,
  start: (leadership: Leadership) => Promise<Parts>,
): Leading<Parts> {
  let running: { readonly leadership: Leadership; readonly parts: Parts } | undefined;
  const end = async () => {
    await running?.parts.stop();
    running = undefined;
  };
  return {
    parts: () => running?.parts,
    async step() {
      const held = election.held();
      if (running !== undefined && running.leadership !== held) await end();
      const next = election.held();
      if (running === undefined && next !== undefined) {
        running = { leadership: next, parts: await start(next) };
      }
      return pollMs;
    },
    stop: end,
  };
}
