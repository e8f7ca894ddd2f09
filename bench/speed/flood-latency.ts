import { startEmbeddedBroker } from "../../oracle/src/broker/embedded-broker.ts";
import { startLoad } from "../load/start-load.ts";
import type { Figures } from "../results/figures.ts";
import { type BenchOracle, presign, startBenchOracle } from "./bench-oracle.ts";
import { seededBytes } from "./fast-signer.ts";
import { benchAuthority, loadDevice } from "./ingest-speed.ts";
import { quantile } from "./measure-rate.ts";

const honest = 16;
const perRun = 100;
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

/** What a client that floods the broker with garbage does to the others: their latency with it ÷ without it. */
export async function measureFlood(): Promise<Figures> {
  const oracle = await startBenchOracle(honest + 1, {});
  const { common, ingest } = oracle;
  const authority = benchAuthority(oracle);
  const broker = await startEmbeddedBroker({ common, authority, ingest, port: 0 });
  try {
    await latencies(oracle, broker.port, 1);
    const calm = await latencies(oracle, broker.port, 1 + perRun);
    const flooder = oracle.fleet[honest];
    if (flooder === undefined) throw new Error("No device floods.");
    const flood = await startLoad({
      port: broker.port,
      devices: [await loadDevice(flooder, await garbage(oracle))],
      plan: { kind: "flood" },
    });
    flood.go().catch(() => {});
    const flooded = await latencies(oracle, broker.port, 1 + 2 * perRun);
    await flood.stop();
    const [calmMs, floodedMs] = [quantile(calm, 0.5), quantile(flooded, 0.5)];
    return {
      "ingest.calm_latency_ms": calmMs,
      "ingest.flood_latency_ms": floodedMs,
      "ingest.flood_latency_ratio": floodedMs / calmMs,
      "ingest.flood_latency_p95_ratio": quantile(flooded, 0.95) / quantile(calm, 0.95),
    };
  } finally {
    await broker.stop();
    await oracle.close();
  }
}
