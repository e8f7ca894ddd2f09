import { FieldsealError } from "@fieldseal/sdk";
import type { Logger } from "pino";
import type { ProcessLog } from "./log/process-log.ts";
import type { Redact } from "./log/redactor.ts";
import { type EndReason, processEnd } from "./process-end.ts";

/** How long a clean end may take before the process ends anyway; nothing acknowledged is lost by it. */
const endWithinMs = 10_000;
/** How long a start that is no longer wanted may take to come to where it can be undone. */
const startWithinMs = 2000;

/** What runs until the process ends. */
export type Stoppable = {
  stop(): Promise<void>;
  /** What is being stopped at this moment. */
  stopping(): string | undefined;
};

export type RunProcessOptions<Running> = {
  readonly processLog: ProcessLog;
  readonly start: () => Promise<Running>;
  /** Told once, when it runs. */
  readonly onReady: (running: Running) => void;
};

/** An error as it may be shown: it may quote an address with a key in it. */
function withoutSecrets(error: unknown, redact: Redact): unknown {
  if (!(error instanceof FieldsealError)) {
    return error instanceof Error ? new Error(redact(error.message)) : error;
  }
  const details = JSON.stringify(error.details, (_key, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return new FieldsealError(error.code, redact(error.message), JSON.parse(redact(details)));
}

/** Stops within the deadline; says what hangs if it does not. @returns whether it did */
async function stopInTime(log: Logger, running: Stoppable): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), endWithinMs);
  const inTime = await Promise.race([running.stop().then(() => true as const), late]);
  clearTimeout(timer);
  if (!inTime) {
    const part = running.stopping() ?? "process";
    const facts = { code: "STOP_TIMEOUT", part, seconds: endWithinMs / 1000 };
    log.fatal(facts, `${part} did not end in time`);
  }
  return inTime;
}

/** Waits a moment for a start under way, so that what it opened is closed. */
async function giveUpStart(started: Promise<Stoppable>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), startWithinMs);
  const running = await Promise.race([started.catch(() => undefined), late]);
  await running?.stop();
  clearTimeout(timer);
}

/**
 * Runs what `start` starts until SIGINT, SIGTERM or a defect, and ends the process: with 0 after a signal and an
 * orderly end, with 1 after a defect or an end that took too long.
 * @throws what `start` throws, without secrets
 */
export async function runProcess<Running extends Stoppable>({
  processLog: { log, flush, redact },
  start,
  onReady,
}: RunProcessOptions<Running>): Promise<void> {
  const end = processEnd(log, (code) => process.exit(code));
  const started = start();
  const first = await Promise.race([
    started.then((running) => ({ running })),
    end.wanted.then((reason) => ({ reason })),
  ]).catch((error: unknown) => {
    end.release();
    throw withoutSecrets(error, redact);
  });
  const finish = (reason: EndReason, isClean: boolean) => {
    flush();
    process.exit(isClean && reason.kind === "signal" ? 0 : 1);
  };
  if ("reason" in first) {
    log.info({ reason: first.reason.name }, "stopping before the service was ready");
    await giveUpStart(started);
    return finish(first.reason, true);
  }
  onReady(first.running);
  const reason = await end.wanted;
  log.info({ reason: reason.name }, "stopping");
  const isClean = await stopInTime(log, first.running);
  if (isClean) log.info("stopped");
  finish(reason, isClean);
}
