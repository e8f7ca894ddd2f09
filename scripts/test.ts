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

const osaka = runner("contracts, osaka", "hardhat", "test", "--network", "osaka");
const withoutCompiling = ["test", "solidity", "--no-compile", "--network", "cancun"];
const cancun = runner("contracts, cancun", "hardhat", ...withoutCompiling);
const units = runner("sdk, oracle, project", "mocha");
// Without the configuration file, whose own files mocha would run once more.
const alone = ["--no-config", "--extension", "ts", "--timeout", "60000"];
const lifecycles = runner("life cycles", "mocha", ...alone, "test/lifecycle/**/*.test.ts");

build();
// Two lanes of about the same length. The second Solidity run comes long after the first has compiled.
await runLanes([
  [osaka, lifecycles],
  [units, cancun, ...checks],
]);
