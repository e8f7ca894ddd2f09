import { fork } from "node:child_process";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap.mjs";
import type { ChainOrder, ChainReport } from "./types.ts";

export type SimulationOptions = {
  readonly logs: number;
  readonly chains: number;
  readonly rounds?: number;
  readonly devices?: number;
  readonly messages?: number;
};

/** What a simulation came to, over all chains. */
export type Simulation = {
  readonly logs: number;
  readonly messages: number;
  readonly expected: { readonly messages: number; readonly checkpoints: number };
  readonly checkpoints: number;
  readonly gasMin: number;
  readonly gasMedian: number;
  readonly gasMax: number;
  readonly failures: readonly string[];
  /** Steps that failed and were tried again. */
  readonly retries: readonly string[];
  readonly seconds: number;
  /** CPU of the oracle's parts a message, polling and sealing included. */
  readonly cpuUsPerMessage: number;
  /** Of one core, a log, while nothing is sent. */
  readonly idlePercentPerLog: number;
  readonly memoryBytesPerLog: number;
};

function runChain(order: ChainOrder): Promise<ChainReport> {
  const child = fork(join(root, "bench", "simulate-chain.ts"), {
    serialization: "advanced",
  });
  return new Promise((resolve, reject) => {
    child.once("message", (report) => resolve(report as ChainReport));
    child.once("exit", () => reject(new Error("The process of a chain ended early.")));
    child.send(order);
  });
}

/** Runs `logs` logs on `chains` chains, each chain a node of its own with the real contracts. */
export async function simulateLogs(options: SimulationOptions): Promise<Simulation> {
  const { logs, chains, rounds = 3, devices = 2, messages = 50 } = options;
  const shares = Array.from(
    { length: chains },
    (_, chain) => Math.floor(logs / chains) + (chain < logs % chains ? 1 : 0),
  );
  const reports = await Promise.all(
    shares.map((share) => runChain({ logs: share, rounds, devices, messages })),
  );
  const sum = (of: (report: ChainReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const gas = reports.flatMap((report) => report.gas).sort((a, b) => a - b);
  const stored = sum((report) => report.messages);
  return {
    logs,
    messages: stored,
    expected: { messages: logs * rounds * devices * messages, checkpoints: logs * rounds },
    checkpoints: sum((report) => report.checkpoints),
    gasMin: gas[0] ?? 0,
    gasMedian: gas[gas.length >> 1] ?? 0,
    gasMax: gas.at(-1) ?? 0,
    failures: reports.flatMap((report) => report.failures),
    retries: reports.flatMap((report) => report.retries),
    seconds: Math.max(...reports.map((report) => report.seconds)),
    cpuUsPerMessage: sum((report) => report.cpuUs) / stored,
    idlePercentPerLog: sum((report) => report.idleCpuUsPerS) / 1e4 / logs,
    memoryBytesPerLog: sum((report) => report.memoryBytes) / logs,
  };
}
