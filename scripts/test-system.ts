import { build } from "./build.ts";
import { runLanes } from "./testing/run-lanes.ts";

build();
await runLanes([
  [
    {
      name: "system",
      command: "mocha",
      // Without the configuration file, whose own files mocha would run once more.
      args: ["--no-config", "--extension", "ts", "--timeout", "600000", "test/system/**/*.test.ts"],
      kind: "runner",
      live: true,
    },
  ],
]);
