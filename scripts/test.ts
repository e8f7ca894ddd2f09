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
/** What a chain without the P-256 precompile could change: every check of a device's signature. */
const ofSignatures = [
  "KeyVerifiers",
  "GoldenVectors",
  "DeviceRegistry",
  "DeviceRegistrySignatures",
  "RegistryManifests",
  "RegistryRecovery",
  "ReadingLogProofs",
].map((name) => `test/solidity/${name}.t.sol`);
const onCancun = ["test", "solidity", "--no-compile", "--network", "cancun", ...ofSignatures];
const cancun = runner("signatures, cancun", "hardhat", ...onCancun);
const units = runner("sdk, oracle, project", "mocha");
// Without the configuration file, whose own files mocha would run once more.
const alone = ["--no-config", "--extension", "ts", "--timeout", "60000"];
const lifecycles = runner("life cycles", "mocha", ...alone, "test/lifecycle/**/*.test.ts");

build();
// The life cycles mostly wait, so they get a lane of their own.
await runLanes([[osaka, cancun, ...checks], [units], [lifecycles]]);
