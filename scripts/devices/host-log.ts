import type { Reading } from "@fieldseal/sdk";
import type { ReadingSource } from "./reading-source.ts";

export type HostLogOptions = {
  readonly clock: { nowMs(): number };
  /** Lines kept until they are sent; the oldest leave first. 1,000 if left out. */
  readonly maxLines?: number;
};

/** Log lines on their way to be sealed. `write` takes what a logger writes, as pino's destination. */
export type HostLog = ReadingSource & { write(text: string): void };

const linesPerMessage = 32;
const lineBytes = 512;
// Leaves room in a message of 8 KiB for the names and times of 32 records.
const messageBytes = 6000;

/**
 * Seals a program's own log: each line is a text record `log`, with the time it was written. What
 * did not fit is not hidden: `log-dropped` counts lines that left unsent.
 */
export function hostLog({ clock, maxLines = 1000 }: HostLogOptions): HostLog {
  const lines: { readonly text: string; readonly timeMs: number }[] = [];
  let partial = "";
  let dropped = 0;
  return {
    write(text) {
      const pieces = (partial + text).split("\n");
      partial = (pieces.pop() ?? "").slice(0, 16_384);
      const timeMs = clock.nowMs();
      for (const piece of pieces) {
        if (piece.trim() === "") continue;
        lines.push({ text: shortened(piece), timeMs });
      }
      const surplus = lines.length - maxLines;
      if (surplus > 0) {
        lines.splice(0, surplus);
        dropped += surplus;
      }
    },
    next(nowMs) {
      const readings: Reading[] = [];
      if (dropped > 0) {
        readings.push({ name: "log-dropped", value: dropped, timeMs: nowMs });
        dropped = 0;
      }
      let bytes = 0;
      while (readings.length < linesPerMessage) {
        const [line] = lines;
        if (line === undefined) break;
        bytes += Buffer.byteLength(line.text);
        if (bytes > messageBytes) break;
        lines.shift();
        readings.push({ name: "log", ...line });
      }
      return readings;
    },
  };
}

/** At most 512 bytes of UTF-8, cut between characters. */
function shortened(line: string): string {
  if (Buffer.byteLength(line) <= lineBytes) return line;
  let text = line.slice(0, lineBytes - 3);
  while (Buffer.byteLength(text) > lineBytes - 3) text = text.slice(0, -1);
  return `${text.toWellFormed().replace(/\ufffd$/, "")}…`;
}
