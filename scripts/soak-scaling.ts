import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "scaling",
  flag: "rounds",
  variable: "FIELDSEAL_TEST_SCALING",
  full: "100",
  file: "test/system/scaling.test.ts",
});
