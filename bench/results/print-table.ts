import type { Figures } from "./figures.ts";

const digits = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 20, useGrouping: true });

/** A figure as people read it: thousands apart. */
function figureText(value: number): string {
  return digits.format(value);
}

/** The figures under each other, one group a first part of their keys. */
export function printTable(figures: Figures): void {
  const rows = Object.entries(figures).map(([key, value]) => [key, figureText(value)] as const);
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  let group = "";
  for (const [key, value] of rows) {
    const part = key.split(".")[0] ?? "";
    if (part !== group && group !== "") process.stdout.write("\n");
    group = part;
    process.stdout.write(`${key.padEnd(keyWidth)}  ${value.padStart(valueWidth)}\n`);
  }
}
