import { readFileSync } from "node:fs";
import { cpus, freemem, loadavg, totalmem, uptime } from "node:os";
import type { Reading } from "@fieldseal/sdk";
import type { ReadingSource } from "./reading-source.ts";

/** What this machine says of itself at one moment. */
export type HostFacts = {
  /** Mean run queue over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly memoryTotalBytes: number;
  readonly memoryFreeBytes: number;
  readonly uptimeS: number;
  /** Time of all processors since start, any unit. */
  readonly busyTicks: number;
  readonly idleTicks: number;
  /** Content of /proc/net/dev; undefined where there is none. */
  readonly netDev: string | undefined;
};

/** Reads {@link HostFacts} of the machine this runs on. */
function readHost(): HostFacts {
  let busyTicks = 0;
  let idleTicks = 0;
  for (const { times } of cpus()) {
    idleTicks += times.idle;
    busyTicks += times.user + times.nice + times.sys + times.irq;
  }
  return {
    load: loadavg(),
    memoryTotalBytes: totalmem(),
    memoryFreeBytes: freemem(),
    uptimeS: uptime(),
    busyTicks,
    idleTicks,
    netDev: readIfThere("/proc/net/dev"),
  };
}

/** Bytes received and sent by all interfaces but the loopback, from /proc/net/dev. */
export function networkTotals(netDev: string): { received: number; sent: number } {
  let received = 0;
  let sent = 0;
  for (const line of netDev.split("\n")) {
    const [, name, counters] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || counters === undefined || name === "lo") continue;
    const columns = counters.trim().split(/\s+/).map(Number);
    received += columns[0] ?? 0;
    sent += columns[8] ?? 0;
  }
  return { received, sent };
}

/**
 * A machine as a device: load, memory, processor time since the last call, network counters since
 * start. Units as RFC 8428 section 12.1 names them.
 */
export function hostSource(read: () => HostFacts = readHost): ReadingSource {
  let last = { busyTicks: 0, idleTicks: 0 };
  return {
    next(timeMs) {
      const facts = read();
      const busy = facts.busyTicks - last.busyTicks;
      const all = busy + facts.idleTicks - last.idleTicks;
      last = facts;
      const [load1 = 0, load5 = 0] = facts.load;
      const readings: Reading[] = [
        { name: "load1", value: rounded(load1, 2), timeMs },
        { name: "load5", value: rounded(load5, 2), timeMs },
        {
          name: "memory-used",
          unit: "B",
          value: facts.memoryTotalBytes - facts.memoryFreeBytes,
          timeMs,
        },
        { name: "memory-free", unit: "B", value: facts.memoryFreeBytes, timeMs },
        { name: "uptime", unit: "s", value: Math.floor(facts.uptimeS), timeMs },
      ];
      if (all > 0) {
        const share = Math.min(100, Math.max(0, (100 * busy) / all));
        readings.push({ name: "cpu-busy", unit: "%", value: rounded(share, 1), timeMs });
      }
      if (facts.netDev !== undefined) {
        const { received, sent } = networkTotals(facts.netDev);
        readings.push({ name: "net-rx", unit: "B", value: received, timeMs });
        readings.push({ name: "net-tx", unit: "B", value: sent, timeMs });
      }
      return readings;
    },
  };
}

function rounded(value: number, places: number): string {
  return value.toFixed(places);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
