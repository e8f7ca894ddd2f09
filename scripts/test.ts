import { build } from "./build.ts";
import { checks } from "./testing/checks.ts";
import { runLanes } from "./testing/run-lanes.ts";
import type { TestStep } from "./testing/steps.ts";

const runner = (name: string, command: string, ...args: string[]): TestStep => ({
  name,
  command,
  args,
  kind: "runner",
});

const contracts = [
  runner("contracts, osaka", "hardhat", "test", "--network", "osaka"),
  runner("contracts, cancun", "hardhat", "test", "--network", "cancun"),
];
const units = runner("sdk, oracle, project", "mocha");
const lifecycles = runner("life cycles", "mocha", "test/lifecycle/**/*.test.ts");

build();
await runLanes([contracts, [units, lifecycles, ...checks]]);
