import { FieldsealError } from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import { type Loop, loop, type Step } from "../internal/loop.ts";
import type { Shutdown } from "../internal/shutdown.ts";

/** Runs `step` over and over until shutdown; a failed step is logged and tried again with back-off. */
export function keepLoop(common: Common, shutdown: Shutdown, part: string, step: Step): Loop {
  let failures = 0;
  const counted = async () => {
    const delayMs = await step();
    failures = 0;
    return delayMs;
  };
  const onError = (error: unknown) => {
    failures++;
    common.metrics.chainErrors.inc({ part });
    const expected = error instanceof FieldsealError;
    common.log.error(
      expected ? { part, code: error.code } : { part, err: error },
      expected ? error.message : `${part} failed`,
    );
    return Math.min(5_000, 500 * 2 ** Math.min(failures, 6));
  };
  const running = loop(counted, { signal: shutdown.signal, onError });
  shutdown.add(part, () => running.done);
  return running;
}
