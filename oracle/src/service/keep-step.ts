import { FieldsealError } from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import { loop, type Step } from "../internal/loop.ts";

/** A step that is repeated: `wake` has it run at once. */
type KeptStep = { wake(): void; stop(): Promise<void> };

const retryMs = 1000;

/** Repeats a broker's step until it is stopped; what fails is logged and tried again soon: it is what ends sessions. */
export function keepStep({ log }: Common, part: string, step: Step): KeptStep {
  const ending = new AbortController();
  const onError = (error: unknown) => {
    const expected = error instanceof FieldsealError;
    log.error(
      expected ? { part, code: error.code } : { part, err: error },
      expected ? error.message : `${part} failed`,
    );
    return retryMs;
  };
  let isWanted = false;
  const again = async () => {
    isWanted = false;
    const delayMs = await step();
    return isWanted ? 0 : delayMs;
  };
  const { done, wake } = loop(again, { signal: ending.signal, onError });
  return {
    wake() {
      // A step that is under way may have looked already.
      isWanted = true;
      wake();
    },
    async stop() {
      ending.abort();
      await done;
    },
  };
}
