import { pino } from "pino";
import type { Clock } from "../clock.ts";
import { createLog, type ServiceLog } from "./create-log.ts";
import { type Redact, redactor } from "./redactor.ts";

export type ProcessLogOptions = {
  readonly level: string;
  /** json: one object a line; text: for people; auto: text on a terminal. */
  readonly format: string;
  readonly clock: Clock;
  /** What no line may show. */
  readonly secrets: readonly string[];
  /** Told of every line's level. */
  readonly onLine?: (level: string) => void;
};

/** The log of a process, on its standard error, and what hides its secrets. */
export type ProcessLog = ServiceLog & { readonly redact: Redact };

/** Opens the log of a process. */
export function processLog({
  level,
  format,
  clock,
  secrets,
  onLine = () => {},
}: ProcessLogOptions): ProcessLog {
  const redact = redactor(secrets);
  const sink = pino.destination({ dest: 2, sync: true });
  // A log that nobody reads any more, or a full disk behind it, is no reason to end.
  sink.on("error", () => {});
  const isText = format === "text" || (format === "auto" && process.stderr.isTTY === true);
  const write = (text: string) => {
    sink.write(text);
  };
  const log = createLog({
    level,
    format: isText ? "text" : "json",
    redact,
    clock,
    write,
    onLine,
  });
  return { ...log, redact };
}
