import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "kills",
  flag: "kills",
  variable: "FIELDSEAL_TEST_KILLS",
  full: "200",
  file: "test/system/kill.test.ts",
});
