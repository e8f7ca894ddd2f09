import { runSoak } from "./testing/run-soak.ts";

await runSoak("kills", "FIELDSEAL_TEST_KILLS", "200", "test/system/kill.test.ts");
