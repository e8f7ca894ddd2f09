import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "outages",
  flag: "minutes",
  variable: "FIELDSEAL_TEST_OUTAGE_SECONDS",
  full: "10",
  unit: 60,
  file: "test/system/outage.test.ts",
});
