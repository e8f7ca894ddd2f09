import { runSoak } from "./testing/run-soak.ts";

await runSoak("manifest", "FIELDSEAL_TEST_MANIFEST", "1000000", "test/system/manifest.test.ts");
