import type { CliIo } from "../io.ts";

/** A row of the output for people: what it is, and its value. */
export type Row = readonly [label: string, value: string];

/** Rows as aligned lines. */
export function alignRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}

/** Columns as aligned lines; the last column is not padded. */
export function alignTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const decimals = (_key: string, value: unknown) =>
  typeof value === "bigint" ? value.toString() : value;

/** JSON in which bigints are decimal text. */
export const toJson = (value: unknown): string => JSON.stringify(value, decimals);

/** Prints a result: one JSON object with `--json`, else aligned rows. Bigints travel as decimal text. */
export function printResult(
  io: CliIo,
  json: boolean | undefined,
  value: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
): void {
  io.out(json ? `${toJson(value)}\n` : `${alignRows(rows)}\n`);
}
