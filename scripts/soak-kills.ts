import { build } from "./build.ts";
import { runLanes } from "./testing/run-lanes.ts";

// The full run of a test whose short run is part of test:system.
process.env.FIELDSEAL_TEST_KILLS = process.argv[2] ?? "200";
build();
await runLanes([
  [
    {
      name: "kills",
      command: "mocha",
      args: [
        "--no-config",
        "--extension",
        "ts",
        "--timeout",
        "7200000",
        "test/system/kill.test.ts",
      ],
      kind: "runner",
      live: true,
    },
  ],
]);
