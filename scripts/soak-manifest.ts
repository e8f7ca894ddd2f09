import { runSoak } from "./testing/run-soak.ts";

await runSoak({
  name: "manifest",
  flag: "devices",
  variable: "FIELDSEAL_TEST_MANIFEST",
  full: "1000000",
  file: "test/system/manifest.test.ts",
});
