import { FieldsealError } from "@fieldseal/sdk";
import type { Logger } from "pino";
import { redactSettings } from "../config/read-settings.ts";
import type { ResolvedSettings } from "../config/resolve-settings.ts";
import { systemClock } from "../internal/clock.ts";
import type { Redact } from "../internal/log/redactor.ts";
import { createMetrics } from "../internal/metrics.ts";
import { version } from "../internal/version.ts";
import { type EndReason, processEnd } from "./process-end.ts";
import { serviceLog } from "./service-log.ts";
import { type Oracle, startOracle } from "./start-oracle.ts";

/** How long a clean end may take before the process ends anyway; nothing acknowledged is lost by it. */
const endWithinMs = 10_000;
/** How long a start that is no longer wanted may take to come to where it can be undone. */
const startWithinMs = 2000;

export type RunServiceOptions = {
  readonly settings: ResolvedSettings;
  /** Told once, when the oracle is ready. */
  readonly onReady: (urls: { http: string; mqtt: string; operator: string }) => void;
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
async function stopInTime(log: Logger, oracle: Oracle): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), endWithinMs);
  const inTime = await Promise.race([oracle.stop().then(() => true as const), late]);
  clearTimeout(timer);
  if (!inTime) {
    const part = oracle.stopping() ?? "process";
    const facts = { code: "STOP_TIMEOUT", part, seconds: endWithinMs / 1000 };
    log.fatal(facts, `${part} did not end in time`);
  }
  return inTime;
}

/** Waits a moment for a start under way, so that what it opened is closed. */
async function giveUpStart(started: Promise<Oracle>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), startWithinMs);
  const oracle = await Promise.race([started.catch(() => undefined), late]);
  await oracle?.stop();
  clearTimeout(timer);
}

/**
 * Runs the oracle as a process of its own until SIGINT, SIGTERM or a defect, and ends the process: with 0 after a
 * signal and an orderly end, with 1 after a defect or an end that took too long.
 * @throws what {@link startOracle} throws, without secrets
 */
export async function runService(options: RunServiceOptions): Promise<void> {
  const { settings } = options.settings;
  const metrics = createMetrics();
  const { log, flush, redact } = serviceLog(settings, systemClock, metrics);
  const common = { log, clock: systemClock, metrics };
  log.info({ version, node: process.version, settings: redactSettings(settings) }, "starting");
  const end = processEnd(log, (code) => process.exit(code));
  const started = startOracle(settings, common);
  const first = await Promise.race([started, end.wanted]).catch((error: unknown) => {
    end.release();
    throw withoutSecrets(error, redact);
  });
  const finish = (reason: EndReason, isClean: boolean) => {
    flush();
    process.exit(isClean && reason.kind === "signal" ? 0 : 1);
  };
  if ("kind" in first) {
    log.info({ reason: first.name }, "stopping before the service was ready");
    await giveUpStart(started);
    return finish(first, true);
  }
  options.onReady(first);
  const reason = await end.wanted;
  log.info({ reason: reason.name }, "stopping");
  const isClean = await stopInTime(log, first);
  if (isClean) log.info("stopped");
  finish(reason, isClean);
}
