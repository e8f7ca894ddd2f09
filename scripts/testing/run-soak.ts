import { build } from "../build.ts";
import { runLanes } from "./run-lanes.ts";

/**
 * The full run of a test whose short run is part of test:system.
 * @param variable What tells the test how much to do
 * @param full How much that is, unless the command line says otherwise
 */
export async function runSoak(
  name: string,
  variable: string,
  full: string,
  file: string,
): Promise<void> {
  process.env[variable] = process.argv[2] ?? full;
  build();
  const args = ["--no-config", "--extension", "ts", "--timeout", "7200000", file];
  await runLanes([[{ name, command: "mocha", args, kind: "runner", live: true }]]);
}
