import { build } from "../scripts/build.ts";
import { mergeFigures } from "./results/merge-figures.ts";
import { printTable } from "./results/print-table.ts";
import { readResults, writeResults } from "./results/results-file.ts";

build();
const { measureGas } = await import("./gas/measure-gas.ts");
writeResults(mergeFigures(readResults(), await measureGas()));
printTable(readResults());
