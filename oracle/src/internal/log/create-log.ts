import { type Logger, pino } from "pino";
import type { Clock } from "../clock.ts";
import type { Redact } from "./redactor.ts";
import { createRepetition } from "./repetition.ts";
import { textLine } from "./text-line.ts";

export type LogOptions = {
  readonly level: string;
  /** One JSON object a line, or a line for people. */
  readonly format: "json" | "text";
  readonly redact: Redact;
  readonly clock: Clock;
  /** Where lines go, each with its end. */
  readonly write: (text: string) => void;
  /** Told of every line's level, of those that are held back too. */
  readonly onLine?: (level: string) => void;
};

export type ServiceLog = {
  readonly log: Logger;
  /** Writes what repetitions were held back. */
  flush(): void;
};

/** A log of structured lines without secrets, in which the same error does not drown the rest. */
export function createLog(options: LogOptions): ServiceLog {
  const { level, format, redact, clock, write, onLine } = options;
  const repetition = createRepetition({ clock });
  const put = (lines: readonly string[]) => {
    for (const line of lines) write(redact(format === "text" ? textLine(line) : line));
  };
  const levelName = (line: string) => {
    const number = Number(/^\{"level":(\d+)/.exec(line)?.[1]);
    return pino.levels.labels[number] ?? "unknown";
  };
  const stream = {
    write(line: string) {
      onLine?.(levelName(line));
      put(repetition.take(line));
    },
  };
  const base = { base: null, timestamp: () => `,"time":${clock.nowMs()}` };
  return {
    log: pino({ level, ...base }, stream),
    flush: () => put(repetition.flush()),
  };
}
