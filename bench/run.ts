import { build } from "../scripts/build.ts";
import type { Figures } from "./results/figures.ts";
import { mergeFigures } from "./results/merge-figures.ts";
import { printTable } from "./results/print-table.ts";
import { readResults, writeResults } from "./results/results-file.ts";

/** `npm run bench`: every figure. `npm run bench:gas` (--gas): gas and code sizes alone; --access: logins and cuts alone; --seal: sealing, proofs and restart alone. */
async function measure(): Promise<Figures> {
  if (process.argv.includes("--access")) {
    const { measureLogins } = await import("./speed/login-speed.ts");
    const { measureCuts } = await import("./speed/cut-latency.ts");
    return { ...(await measureLogins()), ...(await measureCuts()) };
  }
  if (process.argv.includes("--seal")) {
    const { measureSealing } = await import("./speed/seal-speed.ts");
    return measureSealing();
  }
  const { measureGas } = await import("./gas/measure-gas.ts");
  const gas = await measureGas();
  if (process.argv.includes("--gas")) return gas;
  const { measureSpeed } = await import("./speed/measure-speed.ts");
  return { ...gas, ...(await measureSpeed()) };
}

build();
writeResults(mergeFigures(readResults(), await measure()));
printTable(readResults());
