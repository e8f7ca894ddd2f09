import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";
import { type Figures, roundFigure } from "./figures.ts";

const path = join(root, "bench", "results.json");

/** The committed figures; none before the first run. */
export function readResults(): Figures {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Figures) : {};
}

/** Writes the figures as one flat object with sorted keys. */
export function writeResults(figures: Figures): void {
  const sorted = Object.entries(figures)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, roundFigure(value)]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
