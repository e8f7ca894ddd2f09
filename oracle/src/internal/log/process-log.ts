import { pino } from "pino";
import type { Settings } from "../config/read-settings.ts";
import { secretsOf } from "../config/secrets-of.ts";
import type { Clock } from "../internal/clock.ts";
import { createLog, type ServiceLog } from "../internal/log/create-log.ts";
import { type Redact, redactor } from "../internal/log/redactor.ts";
import type { Metrics } from "../internal/metrics.ts";

/** The log of a process, on its standard error, and what hides the settings' secrets. */
export function serviceLog(
  settings: Settings,
  clock: Clock,
  metrics: Metrics,
): ServiceLog & { readonly redact: Redact } {
  const redact = redactor(secretsOf(settings));
  const sink = pino.destination({ dest: 2, sync: true });
  // A log that nobody reads any more, or a full disk behind it, is no reason to end.
  sink.on("error", () => {});
  const { logFormat, logLevel: level } = settings;
  const isText = logFormat === "text" || (logFormat === "auto" && process.stderr.isTTY === true);
  const log = createLog({
    level,
    format: isText ? "text" : "json",
    redact,
    clock,
    write: (text) => {
      sink.write(text);
    },
    onLine: (name) => metrics.logLines.inc({ level: name }),
  });
  return { ...log, redact };
}
