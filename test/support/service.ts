import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Common } from "../../oracle/src/internal/common.ts";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";

/** A clock that stands until a test moves it. */
export type ManualClock = { nowMs(): number; advance(ms: number): void };

export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let now = startMs;
  return {
    nowMs: () => now,
    advance(ms) {
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
