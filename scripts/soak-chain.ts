import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "chain",
  flag: "faults",
  variable: "FIELDSEAL_TEST_FAULTS",
  full: "200",
  file: "test/oracle/chain/writer-ordeal.test.ts",
});
