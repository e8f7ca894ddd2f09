import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "fuzz",
  flag: "messages",
  variable: "FIELDSEAL_TEST_FUZZ",
  full: "1000000",
  file: "test/system/fuzz.test.ts",
});
