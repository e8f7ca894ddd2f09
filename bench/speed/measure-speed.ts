import type { Figures } from "../results/figures.ts";
import { measureCodec } from "./codec-speed.ts";
import { measureCuts } from "./cut-latency.ts";
import { measureFlood } from "./flood-latency.ts";
import { measureIngest } from "./ingest-speed.ts";
import { measureLogins } from "./login-speed.ts";
import { measureSealing } from "./seal-speed.ts";
import { measureSignatures } from "./signature-speed.ts";

/** Speed of leaves, trees, signature checks, ingest and sealing, beside the machine's raw limits of the same run. */
export async function measureSpeed(): Promise<Figures> {
  const codec = await measureCodec();
  const signatures = await measureSignatures();
  const of = (key: string) => signatures[key] ?? Number.NaN;
  const p256 = {
    perSecond: of("limit.p256_verify_one_thread_per_s"),
    cpuUs: of("limit.p256_verify_cpu_us"),
  };
  return {
    ...codec,
    ...signatures,
    ...(await measureIngest(p256)),
    ...(await measureFlood()),
    ...(await measureSealing()),
    ...(await measureLogins()),
    ...(await measureCuts()),
  };
}
