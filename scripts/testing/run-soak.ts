import { parseArgs } from "node:util";
import { build } from "../build.ts";
import { runLanes } from "./run-lanes.ts";

/** A test that runs short in test:system and as long as one likes by a command of its own. */
export type Soak = {
  readonly name: string;
  /** Flag of the command line that says how much to do, such as `kills`. */
  readonly flag: string;
  /** What tells the test the same. */
  readonly variable: string;
  /** How much that is, unless the command line says otherwise. */
  readonly full: string;
  /** What the variable holds for one of the flag's. */
  readonly unit?: number;
  readonly file: string;
};

function amountOf(flag: string, full: string): string {
  const options = { [flag]: { type: "string" as const } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const given = values[flag] ?? positionals[0] ?? full;
  if (/^\d+$/.test(String(given))) return String(given);
  process.stderr.write(`--${flag} takes a whole number, not ${String(given)}.\n`);
  process.exit(2);
}

/** The full run of a test whose short run is part of test:system. */
export async function runSoak({ name, flag, variable, full, unit = 1, file }: Soak): Promise<void> {
  process.env[variable] = String(Number(amountOf(flag, full)) * unit);
  build();
  const args = ["--no-config", "--extension", "ts", "--timeout", "7200000", file];
  await runLanes([[{ name, command: "mocha", args, kind: "runner", live: true }]]);
}
