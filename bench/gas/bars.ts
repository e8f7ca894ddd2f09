import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";

type Bars = Record<string, { readonly atMost?: number; readonly atLeast?: number }>;

const bars = JSON.parse(readFileSync(join(root, "bench", "bars.json"), "utf8")) as Bars;

/** Gas of whole transactions that the project holds itself to; docs/performance.md lists all bars. */
export const gasBars = Object.entries(bars).flatMap(([key, { atMost }]) =>
  key.startsWith("gas.") && atMost !== undefined ? [{ key, atMost }] : [],
);
