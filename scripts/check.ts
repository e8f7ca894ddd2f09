import { build } from "./build.ts";
import { checks } from "./testing/checks.ts";
import { runLanes } from "./testing/run-lanes.ts";

build();
await runLanes([checks]);
