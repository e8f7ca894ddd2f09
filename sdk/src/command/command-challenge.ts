import { toBigInt } from "../bytes/integers.ts";

/** What a device without a clock asks commands to answer. */
export type CommandChallenge = {
  /** The present one, 128 bits, never 0. */
  readonly current: bigint;
  /** Replaces it: after each use, and when it is old. */
  renew(): void;
  /** Milliseconds until it is old; 0 or less when it is. */
  leftMs(): number;
};

/**
 * A challenge lives for `lifeMs` only: who may command today must not keep a statement for an unused challenge
 * until he may no longer.
 * @param elapsedMs Milliseconds since any moment: no clock that knows the date is needed
 */
export function commandChallenge(options: {
  readonly random: (length: number) => Uint8Array;
  readonly elapsedMs: () => number;
  readonly lifeMs: number;
}): CommandChallenge {
  const { random, elapsedMs, lifeMs } = options;
  let current = 0n;
  let madeMs = 0;
  const renew = () => {
    const before = current;
    while (current === before || current === 0n) current = toBigInt(random(16));
    madeMs = elapsedMs();
  };
  renew();
  return {
    get current() {
      return current;
    },
    renew,
    leftMs: () => madeMs + lifeMs - elapsedMs(),
  };
}
