import { constants } from "node:os";
import type { Logger } from "pino";

/** Why a process has to end. */
export type EndReason = { readonly kind: "signal" | "defect"; readonly name: string };

/** What tells that the process has to end. */
export type ProcessEnd = {
  /** Settles at the first signal or defect. */
  readonly wanted: Promise<EndReason>;
  /** Gives the process back to Node's own handling. */
  release(): void;
};

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Waits for SIGINT, SIGTERM, or an error that nobody caught: after one nothing in memory can be relied on, so the
 * service ends in order and is started again. A second signal ends the process at once.
 */
export function processEnd(log: Logger, exit: (code: number) => void): ProcessEnd {
  const { promise: wanted, resolve } = Promise.withResolvers<EndReason>();
  let isEnding = false;
  const onSignal = (name: NodeJS.Signals) => {
    if (isEnding) exit(128 + constants.signals[name]);
    isEnding = true;
    resolve({ kind: "signal", name });
  };
  const onDefect = (name: string) => (error: unknown) => {
    log.fatal({ err: error, code: "INTERNAL", part: "process" }, `${name}: the service ends`);
    isEnding = true;
    resolve({ kind: "defect", name });
  };
  const onRejection = onDefect("unhandled rejection");
  const onException = onDefect("uncaught exception");
  for (const signal of signals) process.on(signal, onSignal);
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return {
    wanted,
    release() {
      for (const signal of signals) process.off(signal, onSignal);
      process.off("unhandledRejection", onRejection);
      process.off("uncaughtException", onException);
    },
  };
}
