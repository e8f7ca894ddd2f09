import { build } from "./build.ts";
import { runLanes } from "./testing/run-lanes.ts";

// The full run of a test whose short run is part of test:system.
process.env.FIELDSEAL_TEST_MANIFEST = process.argv[2] ?? "1000000";
build();
await runLanes([
  [
    {
      name: "manifest",
      command: "mocha",
      args: [
        "--no-config",
        "--extension",
        "ts",
        "--timeout",
        "7200000",
        "test/system/manifest.test.ts",
      ],
      kind: "runner",
      live: true,
    },
  ],
]);
