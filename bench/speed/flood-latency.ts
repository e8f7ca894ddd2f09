import { startEmbeddedBroker } from "../../oracle/src/broker/embedded-broker.ts";
import { startLoad } from "../load/start-load.ts";
import type { Figures } from "../results/figures.ts";
import { benchAuthority } from "./bench-access.ts";
import { type BenchOracle, presign, startBenchOracle } from "./bench-oracle.ts";
import { seededBytes } from "./fast-signer.ts";
import { loadDevice } from "./ingest-speed.ts";
import { quantile } from "./measure-rate.ts";

const honest = 16;
const perRun = 60;
const rounds = 4;
const intervalMs = 50;
const garbageBytes = 512;

/** Noise, and whole messages whose signatures do not hold: the dearest that a stranger can send. */
async function garbage(oracle: BenchOracle): Promise<Uint8Array[]> {
  const flooder = oracle.fleet[honest];
  if (flooder === undefined) throw new Error("No device floods.");
  const forged = (await presign(flooder, 64, 1)).map((bytes) => {
    const copy = Uint8Array.from(bytes);
    copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
    return copy;
  });
  return forged.flatMap((message, i) => {
    const noise = new Uint8Array(garbageBytes);
    for (let at = 0; at < garbageBytes; at += 32) noise.set(seededBytes(`noise ${i} ${at}`), at);
    return [message, noise];
  });
}

/** Times from sending to receipt of devices that send twenty messages a second each. */
async function latencies(oracle: BenchOracle, port: number, first: number) {
  const fleet = await Promise.all(
    oracle.fleet
      .slice(0, honest)
      .map(async (device) => loadDevice(device, await presign(device, perRun, first))),
  );
  const load = await startLoad({ port, devices: fleet, plan: { kind: "paced", intervalMs } });
  return load.go();
}

/** One round under the flood of the last device. */
async function flooded(oracle: BenchOracle, port: number, payloads: Uint8Array[], first: number) {
  const flooder = oracle.fleet[honest];
  if (flooder === undefined) throw new Error("No device floods.");
  const flood = await startLoad({
    port,
    devices: [await loadDevice(flooder, payloads)],
    plan: { kind: "flood" },
  });
  // It never ends by itself: stopping it is how this promise fails.
  flood.go().catch(() => {});
  const times = await latencies(oracle, port, first);
  await flood.stop();
  return times;
}

/**
 * What a client that floods the broker with garbage does to the others: their latency with it ÷ without it. Calm and
 * flooded rounds take turns, so that what else the machine does weighs on both.
 */
export async function measureFlood(): Promise<Figures> {
  const oracle = await startBenchOracle(honest + 1, {});
  const { common, ingest } = oracle;
  const authority = benchAuthority(oracle.directory, oracle.common.clock);
  const broker = await startEmbeddedBroker({ common, authority, ingest, port: 0 });
  try {
    const payloads = await garbage(oracle);
    const calm: number[] = [];
    const loud: number[] = [];
    let first = 1;
    await latencies(oracle, broker.port, first);
    for (let round = 0; round < rounds; round++) {
      first += perRun;
      calm.push(...(await latencies(oracle, broker.port, first)));
      first += perRun;
      loud.push(...(await flooded(oracle, broker.port, payloads, first)));
    }
    const [calmMs, loudMs] = [quantile(calm, 0.5), quantile(loud, 0.5)];
    return {
      "ingest.calm_latency_ms": calmMs,
      "ingest.flood_latency_ms": loudMs,
      "ingest.flood_latency_ratio": loudMs / calmMs,
      "ingest.flood_latency_p95_ratio": quantile(loud, 0.95) / quantile(calm, 0.95),
    };
  } finally {
    await broker.stop();
    await oracle.close();
  }
}
