import { systemClock } from "../../oracle/src/internal/clock.ts";
import { processLog } from "../../oracle/src/internal/log/process-log.ts";
import { runProcess } from "../../oracle/src/internal/run-process.ts";

/** A program of which a part never ends; started by test/system/service-end.test.ts. */
const own = processLog({
  level: "info",
  format: "json",
  clock: systemClock,
  secrets: [],
  onLine: () => {},
});
setInterval(() => {}, 1000);
await runProcess({
  processLog: own,
  start: async () => ({ stop: () => new Promise<void>(() => {}), stopping: () => "cellar" }),
  onReady: () => process.stdout.write("ready\n"),
});
