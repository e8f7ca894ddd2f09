import { redactSettings } from "../config/read-settings.ts";
import type { ResolvedSettings } from "../config/resolve-settings.ts";
import { secretsOf } from "../config/secrets-of.ts";
import { systemClock } from "../internal/clock.ts";
import { processLog } from "../internal/log/process-log.ts";
import { createMetrics } from "../internal/metrics.ts";
import { runProcess } from "../internal/run-process.ts";
import { version } from "../internal/version.ts";
import { startOracle } from "./start-oracle.ts";

export type RunServiceOptions = {
  readonly settings: ResolvedSettings;
  /** Told once, when the oracle is ready. */
  readonly onReady: (urls: { http: string; mqtt: string; operator: string }) => void;
};

/**
 * Runs the oracle as a process of its own, until it is told to end.
 * @throws what {@link startOracle} throws, without secrets
 */
export async function runService({ settings: { settings }, onReady }: RunServiceOptions) {
  const metrics = createMetrics();
  const own = processLog({
    level: settings.logLevel,
    format: settings.logFormat,
    clock: systemClock,
    secrets: secretsOf(settings),
    onLine: (level) => metrics.logLines.inc({ level }),
  });
  const { log } = own;
  log.info({ version, node: process.version, settings: redactSettings(settings) }, "starting");
  const start = () => startOracle(settings, { log, clock: systemClock, metrics });
  await runProcess({ processLog: own, start, onReady });
}
