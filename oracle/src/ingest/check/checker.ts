import type { DeviceMessage, PublicKey } from "@fieldseal/sdk";
import { type ContentRules, checkContent, type ReadingTimes } from "./check-content.ts";

/** A message whose content is to be checked. */
export type CheckTask = {
  /** As received. */
  readonly bytes: Uint8Array;
  /** The same, taken apart. */
  readonly message: DeviceMessage;
  /** The key that must have signed it. */
  readonly key: PublicKey;
  readonly nowMs: number;
};

/** Where messages' contents are checked. */
export type Checker = {
  /** Rejects as {@link checkContent} throws. */
  check(task: CheckTask): Promise<ReadingTimes>;
  stop(): Promise<void>;
};

/** Checks on the calling thread. */
export function checkHere(rules: ContentRules): Checker {
  return {
    check: async ({ message, key, nowMs }) => checkContent(message, key, nowMs, rules),
    stop: async () => {},
  };
}
