import { runSoak } from "./testing/run-soak.ts";

await runSoak("chain", "FIELDSEAL_TEST_FAULTS", "200", "test/oracle/chain/writer-ordeal.test.ts");
