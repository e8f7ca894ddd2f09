import { performance } from "node:perf_hooks";

const roundMs = 400;
const rounds = 5;

/** Runs of `work` a second, in the best of some rounds: what else the machine does only slows it. */
export function measureRate(work: () => void): number {
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    let runs = 0;
    let elapsedMs = 0;
    while (elapsedMs < roundMs) {
      for (let i = 0; i < 64; i++) work();
      runs += 64;
      elapsedMs = performance.now() - startMs;
    }
    best = Math.max(best, (runs * 1000) / elapsedMs);
  }
  return best;
}

/** Runs of `work` a second over some seconds, and CPU of this process that one takes, microseconds: means, not the best. */
export function measureAverage(work: () => void, seconds: number) {
  const startMs = performance.now();
  const start = process.cpuUsage();
  let runs = 0;
  let elapsedMs = 0;
  while (elapsedMs < seconds * 1000) {
    for (let i = 0; i < 64; i++) work();
    runs += 64;
    elapsedMs = performance.now() - startMs;
  }
  const { user, system } = process.cpuUsage(start);
  return { perSecond: (runs * 1000) / elapsedMs, cpuUs: (user + system) / runs };
}

/** As {@link measureRate} for work that settles later, with `width` of it under way at once. */
export async function measureAsyncRate(work: () => Promise<unknown>, width: number) {
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    let runs = 0;
    let elapsedMs = 0;
    while (elapsedMs < roundMs) {
      await Promise.all(Array.from({ length: width }, work));
      runs += width;
      elapsedMs = performance.now() - startMs;
    }
    best = Math.max(best, (runs * 1000) / elapsedMs);
  }
  return best;
}

/** Seconds that `work` takes, in the best of three runs. */
export function measureSeconds(work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const startMs = performance.now();
    work();
    return (performance.now() - startMs) / 1000;
  });
  return Math.min(...times);
}

/** The value below which `share` of them lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
