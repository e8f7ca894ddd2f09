import { setTimeout as pause } from "node:timers/promises";
import type { BrokerIngest } from "./types.ts";

/**
 * Ingest that answers late to who sends beyond his share. A client goes on when it is acknowledged, so answering a
 * flood as fast as it comes would keep the process busy with nothing else.
 * @param pauseMs how long it waits for the refusal
 * @param signal ends every pause
 */
export function holdBack(ingest: BrokerIngest, pauseMs: number, signal: AbortSignal): BrokerIngest {
  return {
    async submit(inbound) {
      const outcome = await ingest.submit(inbound);
      if (outcome.kind === "refused" && outcome.code === "RATE_LIMITED") {
        await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      }
      return outcome;
    },
  };
}
