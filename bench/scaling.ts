import { parseArgs } from "node:util";
import { measureWorkers } from "./scaling/measure-workers.ts";

/** `npm run bench:scaling`: 1, 2 and 3 processes of one log; `--messages 1500` of each of 32 devices. */
const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "1,2,3" },
    messages: { type: "string", default: "1500" },
  },
});
for (const workers of values.workers.split(",").map(Number)) {
  const figures = await measureWorkers(workers, Number(values.messages));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
