import { toBigInt } from "../bytes/integers.ts";
import { sdkError } from "../errors/sdk-error.ts";

/** What a device without a clock asks commands to answer. */
export type CommandChallenge = {
  /** The present one, 128 bits, never 0. */
  readonly current: bigint;
  /** Replaces it: after each use, and when it is old. @throws COMMAND_UNTIMED if the randomness repeats itself */
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
    const next = toBigInt(random(16));
    // A source that repeats itself would let commands come back.
    if (next === current || next === 0n) {
      throw sdkError("COMMAND_UNTIMED", "The source of randomness repeats itself.");
    }
    current = next;
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
