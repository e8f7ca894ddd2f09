import { setTimeout as pause } from "node:timers/promises";
import { type Mosquitto, startMosquitto } from "../../test/support/mosquitto.ts";
import type { LoadDevice, LoadPlan } from "../load/load-types.ts";
import { type Load, startLoad } from "../load/start-load.ts";
import type { Figures } from "../results/figures.ts";
import { quantile } from "../speed/measure-rate.ts";
import { measureVerifyLimit, type VerifyLimit } from "../speed/verify-limit.ts";
import type { OracleSample } from "./oracle.ts";
import { processCpuUs } from "./process-cpu.ts";
import { type SignedLoad, signedLoad } from "./signed-load.ts";
import { type RunningOracle, startOracle } from "./start-oracle.ts";

const devices = 64;
const window = 16;
/** Devices that keep to their pace while another brings a burst. */
const others = 16;
const intervalMs = 50;

export type SustainedOptions = {
  /** How long it is measured at the limit. */
  readonly seconds: number;
  readonly connections: number;
  /** Messages that a device brings at once. */
  readonly burst: number;
  /** Options of Node for the oracle's process, as --cpu-prof. */
  readonly execArgv: readonly string[];
};

type Bench = {
  readonly mosquitto: Mosquitto;
  readonly oracle: RunningOracle;
  readonly signed: SignedLoad;
  readonly options: SustainedOptions;
};

/** One moment of everything that runs. */
type Moment = OracleSample & { readonly brokerCpuUs: number; readonly loadCpuUs: number };

const everybody = Array.from({ length: devices }, (_, i) => i);

async function withLoad<T>(
  { mosquitto }: Bench,
  fleet: readonly LoadDevice[],
  plan: LoadPlan,
  work: (load: Load) => Promise<T>,
): Promise<T> {
  const load = await startLoad({ port: mosquitto.port, devices: fleet, plan });
  try {
    return await work(load);
  } finally {
    await load.stop();
  }
}

async function moment({ oracle, mosquitto }: Bench, load: Load): Promise<Moment> {
  const sample = await oracle.sample();
  const brokerCpuUs = processCpuUs(mosquitto.pid());
  return { ...sample, brokerCpuUs, loadCpuUs: processCpuUs(load.pid) };
}

/** Messages a second that it will take about; warms everything up. */
async function calibrate(bench: Bench): Promise<number> {
  const fleet = await bench.signed.sign(everybody, 320);
  return withLoad(bench, fleet, { kind: "window", window }, async (load) => {
    const before = await bench.oracle.sample();
    await load.go();
    const after = await bench.oracle.sample();
    return ((after.stored - before.stored) * 1000) / (after.atMs - before.atMs);
  });
}

async function atTheLimit(bench: Bench, expected: number) {
  const { seconds } = bench.options;
  const perDevice = Math.ceil((expected * (seconds + 3) * 1.15) / devices);
  const fleet = await bench.signed.sign(everybody, perDevice);
  return withLoad(bench, fleet, { kind: "window", window }, async (load) => {
    let isDone = false;
    const done = load.go().then(() => {
      isDone = true;
    });
    await pause(2000);
    const first = await moment(bench, load);
    let last = first;
    const residentBytes = [first.residentBytes];
    const needed = devices * (perDevice - 2 * window);
    const storedBefore = first.stored;
    while (last.atMs - first.atMs < seconds * 1000) {
      await pause(Math.min(1000, seconds * 1000 - (last.atMs - first.atMs)));
      if (isDone) break;
      last = await moment(bench, load);
      residentBytes.push(last.residentBytes);
      // Near its end the load thins out: what was measured until then counts.
      if (last.stored - storedBefore > needed) break;
    }
    await done;
    return { first, last, residentBytes };
  });
}

function sustainedFigures(
  { first, last, residentBytes }: Awaited<ReturnType<typeof atTheLimit>>,
  limit: VerifyLimit,
): Figures {
  const messages = last.stored - first.stored;
  const seconds = (last.atMs - first.atMs) / 1000;
  const per = (name: "cpuUs" | "brokerCpuUs" | "loadCpuUs") =>
    (last[name] - first[name]) / messages;
  const perSecond = messages / seconds;
  const quarter = residentBytes.slice(Math.floor(residentBytes.length / 4));
  const half = Math.ceil(quarter.length / 2);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    "ratio.ingest_vs_verify": perSecond / limit.perSecond,
    "ratio.verify_share": limit.cpuUs / per("cpuUs"),
    "sustained.seconds": seconds,
    "sustained.messages_per_s": perSecond,
    "sustained.verify_limit_per_s": limit.perSecond,
    "sustained.verify_cpu_us": limit.cpuUs,
    "sustained.oracle_cpu_us_per_message": per("cpuUs"),
    "sustained.mosquitto_cpu_us_per_message": per("brokerCpuUs"),
    "sustained.load_cpu_us_per_message": per("loadCpuUs"),
    "sustained.resident_max_mb": Math.max(...residentBytes) / 1e6,
    "sustained.resident_growth_ratio": mean(quarter.slice(half)) / mean(quarter.slice(0, half)),
  };
}

async function atHalfLoad(bench: Bench, perSecond: number): Promise<Figures> {
  const seconds = Math.min(20, Math.max(5, bench.options.seconds / 2));
  const each = perSecond / 2 / devices;
  const fleet = await bench.signed.sign(everybody, Math.ceil(each * seconds));
  const plan: LoadPlan = { kind: "paced", intervalMs: 1000 / each };
  const latencies = await withLoad(bench, fleet, plan, (load) => load.go());
  return {
    "sustained.half_load_latency_median_ms": quantile(latencies, 0.5),
    "sustained.half_load_latency_p99_ms": quantile(latencies, 0.99),
  };
}

/** Latency of devices that keep their pace while another brings all it has, ÷ the same in calm. */
async function duringBurst(bench: Bench): Promise<Figures> {
  const { signed, options } = bench;
  const quiet = everybody.slice(0, others);
  const paced: LoadPlan = { kind: "paced", intervalMs };
  const calm = await withLoad(bench, await signed.sign(quiet, 120), paced, (load) => load.go());
  const [returning, during] = [
    await signed.sign([others], options.burst),
    await signed.sign(quiet, 1200),
  ];
  return withLoad(bench, returning, { kind: "burst" }, (burst) =>
    withLoad(bench, during, paced, async (load) => {
      let burstS = 0;
      const startMs = performance.now();
      const all = burst.go().then(() => {
        burstS = (performance.now() - startMs) / 1000;
      });
      const latencies = await load.go();
      await all;
      // Only what was sent while the burst lasted.
      const share = Math.min(1, burstS / ((1200 * intervalMs) / 1000));
      const each = latencies.length / others;
      const loud = latencies.filter((_, i) => i % each < each * share);
      return {
        "sustained.burst_messages": options.burst,
        "sustained.burst_s": burstS,
        "sustained.burst_others_latency_p95_ms": quantile(loud, 0.95),
        "sustained.burst_others_latency_ratio": quantile(loud, 0.5) / quantile(calm, 0.5),
      };
    }),
  );
}

/**
 * Durable ingest through Mosquitto at its limit: P-256 messages of 10 readings, signed before the clock starts, the
 * oracle in a process of its own.
 */
export async function measureSustained(options: SustainedOptions): Promise<Figures> {
  const before = await measureVerifyLimit();
  const signed = signedLoad(devices);
  const mosquitto = await startMosquitto(["max_queued_messages 0", "max_inflight_messages 1024"]);
  try {
    const oracle = await startOracle(
      { points: signed.points, brokerUrl: mosquitto.url, connections: options.connections },
      options.execArgv,
    );
    const bench: Bench = { mosquitto, oracle, signed, options };
    const measured = await atTheLimit(bench, await calibrate(bench));
    const after = await measureVerifyLimit();
    const limit = {
      perSecond: (before.perSecond + after.perSecond) / 2,
      cpuUs: (before.cpuUs + after.cpuUs) / 2,
    };
    const figures = sustainedFigures(measured, limit);
    const perSecond = figures["sustained.messages_per_s"] ?? 0;
    const half = await atHalfLoad(bench, perSecond);
    const burst = options.burst > 0 ? await duringBurst(bench) : {};
    await oracle.stop();
    return { ...figures, ...half, ...burst };
  } finally {
    await mosquitto.stop();
    signed.remove();
  }
}
