import pino from "pino";
import { readSettings, redactSettings } from "../config/read-settings.ts";
import type { SettingName } from "../config/settings-table.ts";
import { systemClock } from "../internal/clock.ts";
import { createMetrics } from "../internal/metrics.ts";
import { startOracle } from "./start-oracle.ts";

/** How long a clean end may take before the process ends anyway; nothing acknowledged is lost by it. */
const endWithinMs = 10_000;

export type RunServiceOptions = {
  readonly environment: Record<string, string | undefined>;
  readonly overrides: { readonly [Name in SettingName]?: string };
  /** Told once, when the oracle is ready. */
  readonly onReady: (urls: { http: string; mqtt: string; operator: string }) => void;
};

/** Runs the oracle as a process of its own until SIGINT or SIGTERM. */
export async function runService(options: RunServiceOptions): Promise<void> {
  const settings = readSettings(options.environment, options.overrides);
  const log = pino({ level: settings.logLevel }, pino.destination(2));
  const common = { log, clock: systemClock, metrics: createMetrics() };
  log.info(redactSettings(settings), "settings");
  const ending = Promise.withResolvers<void>();
  process.once("SIGINT", () => ending.resolve());
  process.once("SIGTERM", () => ending.resolve());
  const oracle = await startOracle(settings, common);
  options.onReady(oracle);
  await ending.promise;
  log.info("stopping");
  setTimeout(() => process.exit(1), endWithinMs).unref();
  await oracle.stop();
  log.info("stopped");
}
