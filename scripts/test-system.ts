import { build } from "./build.ts";
import { runLanes } from "./testing/run-lanes.ts";

build();
await runLanes([
  [
    {
      name: "system",
      command: "mocha",
      args: ["--timeout", "600000", "test/system/**/*.test.ts"],
      kind: "runner",
      live: true,
    },
  ],
]);
