import { readdirSync, readFileSync } from "node:fs";

/** Of a clock tick in /proc, microseconds (USER_HZ is 100 on every Linux that Node runs on). */
const tickUs = 10_000;

type Entry = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly cpuUs: number;
};

function entryOf(pid: number): Entry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const name = text.slice(text.indexOf("(") + 1, end);
    // Fields of proc(5) from the third on: state, parent, …, utime (14) and stime (15).
    const fields = text.slice(end + 2).split(" ");
    const cpuUs = (Number(fields[11]) + Number(fields[12])) * tickUs;
    return { pid, parent: Number(fields[1]), name, cpuUs };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** CPU of a part of the system so far, microseconds. */
export type CpuByPart = { readonly [part in Part]: number };
type Part = "workers" | "postgres" | "mosquitto" | "load";

/**
 * CPU that this process's descendants have used so far (Linux).
 * @param workers Pids of the oracles; any other Node process is the load's
 */
export function cpuByPart(workers: ReadonlySet<number>): CpuByPart {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const entries = pids.map((pid) => entryOf(Number(pid))).filter((entry) => entry !== undefined);
  const parents = new Map(entries.map(({ pid, parent }) => [pid, parent]));
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent === process.pid || (parent !== undefined && parent > 1 && isOurs(parent));
  };
  const cpu = { workers: 0, postgres: 0, mosquitto: 0, load: 0 };
  for (const { pid, name, cpuUs } of entries) {
    if (!isOurs(pid)) continue;
    if (name === "postgres" || name === "mosquitto") cpu[name] += cpuUs;
    else if (workers.has(pid)) cpu.workers += cpuUs;
    else if (name !== "anvil") cpu.load += cpuUs;
  }
  return cpu;
}
