import { readFileSync } from "node:fs";

/** Of a clock tick in /proc, microseconds (USER_HZ is 100 on every Linux that Node runs on). */
const tickUs = 10_000;

/** CPU that a process has used so far, microseconds (Linux). */
export function processCpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  // Fields 14 and 15 of proc(5), counted from the one after the name, which is the third.
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}
