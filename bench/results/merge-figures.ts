import type { Figures } from "./figures.ts";

/** First parts of the keys that `npm run bench:gas` measures. */
export const gasGroups: readonly string[] = ["gas", "peer", "ratio", "size"];

/** Ratios that `npm run bench:ingest` measures. */
const sustainedRatios: ReadonlySet<string> = new Set([
  "ratio.ingest_vs_verify",
  "ratio.verify_share",
]);

/** What is measured together: the first part of a key, but for the ratios of ingest. */
const groupOf = (key: string) =>
  sustainedRatios.has(key) ? "sustained" : (key.split(".")[0] ?? "");

/** The figures of some groups alone. */
export function figuresOf(figures: Figures, groups: readonly string[]): Figures {
  return Object.fromEntries(
    Object.entries(figures).filter(([key]) => groups.includes(groupOf(key))),
  );
}

/** `old` with whole groups replaced by `measured`: what is no longer measured goes. */
export function mergeFigures(old: Figures, measured: Figures): Figures {
  const replaced = new Set(Object.keys(measured).map(groupOf));
  const kept = Object.entries(old).filter(([key]) => !replaced.has(groupOf(key)));
  return { ...Object.fromEntries(kept), ...measured };
}
