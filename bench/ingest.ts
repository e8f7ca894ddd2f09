import { parseArgs } from "node:util";
import { mergeFigures } from "./results/merge-figures.ts";
import { printTable } from "./results/print-table.ts";
import { readResults, writeResults } from "./results/results-file.ts";
import { measureSustained } from "./sustained/measure-sustained.ts";
import { unitOptions } from "./sustained/unit-options.ts";

/**
 * `npm run bench:ingest`: durable ingest through Mosquitto at its limit. `--seconds 60` or `--minutes 10` says how long,
 * `--burst 20000` what a returning device brings at once (0: not measured), `--dry` leaves bench/results.json alone,
 * `--profile FOLDER` keeps CPU profiles of the oracle, `--node OPTIONS` gives its Node others than the unit for systemd does.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    minutes: { type: "string" },
    connections: { type: "string", default: "2" },
    burst: { type: "string", default: "20000" },
    dry: { type: "boolean", default: false },
    profile: { type: "string" },
    node: { type: "string" },
  },
});
const figures = await measureSustained({
  seconds: values.minutes === undefined ? Number(values.seconds) : 60 * Number(values.minutes),
  connections: Number(values.connections),
  burst: Number(values.burst),
  execArgv: [
    ...(values.node?.split(" ") ?? unitOptions()),
    ...(values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`]),
  ],
});
if (!values.dry) writeResults(mergeFigures(readResults(), figures));
printTable(figures);
