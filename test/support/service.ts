import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Clock } from "../../oracle/src/internal/clock.ts";
import type { Common } from "../../oracle/src/internal/common.ts";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";

/** A clock that stands until a test moves it. */
export type ManualClock = Clock & {
  advance(ms: number): void;
  /** Sets the wall clock back or forth; nothing else notices. */
  jump(ms: number): void;
};

export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let now = startMs;
  let elapsed = 0;
  return {
    nowMs: () => now,
    elapsedMs: () => elapsed,
    advance(ms) {
      now += ms;
      elapsed += ms;
    },
    jump(ms) {
      now += ms;
    },
  };
}

/** What parts of the service are given, with a silent log. */
export function testCommon(clock: ManualClock = manualClock()): Common {
  return { log: pino({ level: "silent" }), clock, metrics: createMetrics() };
}

/** A fresh folder below the system's temporary one. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "fieldseal-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
