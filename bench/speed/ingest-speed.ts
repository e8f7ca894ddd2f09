import { createLoginToken, defaultTopicPrefix, topicsOf } from "@fieldseal/sdk";
import { startEmbeddedBroker } from "../../oracle/src/broker/embedded-broker.ts";
import type { IngestLimits } from "../../oracle/src/ingest/types.ts";
import type { LoadDevice } from "../load/load-types.ts";
import { startLoad } from "../load/start-load.ts";
import type { Figures } from "../results/figures.ts";
import { benchAudience, benchAuthority } from "./bench-access.ts";
import { type BenchDevice, type BenchOracle, presign, startBenchOracle } from "./bench-oracle.ts";
import { countStored, type Sustained } from "./count-stored.ts";

const devices = 64;
const perDevice = 320;
const total = devices * perDevice;
const window = 16;

/** The rate of a client is a policy, not what the machine can do. */
const unlimited: Partial<IngestLimits> = { clientRate: 1e9, clientBurst: 1e9 };

/** A device of the load, logged in at the embedded broker. */
export async function loadDevice(
  device: BenchDevice,
  payloads: readonly Uint8Array[],
): Promise<LoadDevice> {
  const { up, receipt } = topicsOf(defaultTopicPrefix, device.id);
  const password = await createLoginToken({
    signer: device.signer,
    device: device.id,
    audience: benchAudience,
    nowS: Math.floor(Date.now() / 1000),
    lifetimeS: 3600,
  });
  return { id: device.id, password, upTopic: up, receiptTopic: receipt, payloads };
}

async function withOracle<T>(
  work: (oracle: BenchOracle, messages: readonly Uint8Array[][]) => Promise<T>,
): Promise<T> {
  const oracle = await startBenchOracle(devices, unlimited);
  try {
    const messages: Uint8Array[][] = [];
    for (const device of oracle.fleet) messages.push(await presign(device, perDevice, 1));
    return await work(oracle, messages);
  } finally {
    await oracle.close();
  }
}

/** Straight into ingest, without a broker. */
function direct(): Promise<Sustained> {
  return withOracle(async (oracle, messages) => {
    const { ingest, done } = countStored(oracle.ingest, total);
    const sendAll = async (client: string, all: readonly Uint8Array[]) => {
      let next = 0;
      const sendOn = async () => {
        for (let bytes = all[next++]; bytes !== undefined; bytes = all[next++]) {
          await ingest.submit({ bytes, source: "mqtt", client });
        }
      };
      await Promise.all(Array.from({ length: window }, sendOn));
    };
    await Promise.all(oracle.fleet.map(({ id }, i) => sendAll(id, messages[i] ?? [])));
    return done;
  });
}

async function loaded(
  oracle: BenchOracle,
  messages: readonly Uint8Array[][],
  start: (ingest: BenchOracle["ingest"]) => Promise<{ port: number; stop(): Promise<void> }>,
): Promise<Sustained> {
  const { ingest, done } = countStored(oracle.ingest, total);
  const broker = await start({ ...oracle.ingest, ...ingest });
  const fleet = await Promise.all(
    oracle.fleet.map((device, i) => loadDevice(device, messages[i] ?? [])),
  );
  const load = await startLoad({
    port: broker.port,
    devices: fleet,
    plan: { kind: "window", window },
  });
  try {
    const [sustained] = await Promise.all([done, load.go()]);
    return sustained;
  } finally {
    await load.stop();
    await broker.stop();
  }
}

/** Devices over TCP at the embedded broker, each waiting for its receipts. */
function embedded(): Promise<Sustained> {
  return withOracle((oracle, messages) =>
    loaded(oracle, messages, (ingest) =>
      startEmbeddedBroker({
        common: oracle.common,
        authority: benchAuthority(oracle.directory, oracle.common.clock),
        ingest,
        port: 0,
      }),
    ),
  );
}

/** What one P-256 check costs here: on one thread, and in CPU. */
export type P256Cost = { readonly perSecond: number; readonly cpuUs: number };

function figures(name: string, { perSecond, cpuUsPerMessage }: Sustained, p256: P256Cost): Figures {
  return {
    [`ingest.${name}_per_s`]: perSecond,
    [`ingest.${name}_cpu_us_per_message`]: cpuUsPerMessage,
    [`share.ingest_${name}_of_p256_one_thread`]: perSecond / p256.perSecond,
  };
}

/**
 * Sustained durable ingest of P-256 messages of 10 readings, signed beforehand; 64 devices keep 16 messages each
 * without receipt. The load runs in a process of its own.
 */
export async function measureIngest(p256: P256Cost): Promise<Figures> {
  const straight = await direct();
  return {
    ...figures("direct", straight, p256),
    ...figures("embedded_broker", await embedded(), p256),
    "share.p256_verify_of_ingest_cpu": p256.cpuUs / straight.cpuUsPerMessage,
  };
}
