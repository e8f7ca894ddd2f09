import { join } from "node:path";
import { defaultTopicPrefix, signMessage, topicsOf } from "@fieldseal/sdk";
import { startAnvil } from "../../test/support/chain.ts";
import { deployOn } from "../../test/support/deployment.ts";
import { startMosquitto } from "../../test/support/mosquitto.ts";
import { startOracleProcess } from "../../test/support/oracle-process.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { TestDevice } from "../../test/support/registry-actions.ts";
import { temporaryFolder } from "../../test/support/service.ts";
import { until } from "../../test/support/until.ts";
import type { LoadDevice } from "../load/load-types.ts";
import { startLoad } from "../load/start-load.ts";
import { fastSigner } from "../speed/fast-signer.ts";
import { sampleReadings, sampleSalt } from "../speed/sample-readings.ts";
import { type CpuByPart, cpuByPart } from "./cpu-by-part.ts";

const devices = 32;
const window = 16;

export type WorkersFigures = {
  readonly workers: number;
  readonly messagesPerS: number;
  /** All tables with their indexes, bodies and queue included. */
  readonly storeBytesPerMessage: number;
  /** CPU a message of each part, microseconds. */
  readonly cpuUsPerMessage: CpuByPart;
};

/**
 * Durable ingest of `count` whole processes on one PostgreSQL and one Mosquitto, messages of ten readings signed before
 * the clock starts. Nothing is sealed meanwhile: a device's next receipt is the one that it waits for.
 * @param perDevice Messages of each device that are measured
 */
export async function measureWorkers(count: number, perDevice: number): Promise<WorkersFigures> {
  const folder = temporaryFolder();
  const node = await startAnvil();
  const deployment = await deployOn(node);
  const postgres = await startPostgres(["shared_buffers=256MB"]);
  const mosquitto = await startMosquitto(["persistence true", "max_queued_messages 0"]);
  const owner = deployment.owner(2);
  const fleet: TestDevice[] = [];
  for (let i = 0; i < devices; i++) {
    fleet.push(await owner.enrol(2, deployment.logId, fastSigner()));
  }
  await node.mine(3);
  const oracles = Array.from({ length: count }, (_, i) =>
    startOracleProcess(
      deployment.environment(join(folder.path, `worker-${i}`), {
        FIELDSEAL_DATABASE: postgres.url("fieldseal"),
        FIELDSEAL_MQTT: mosquitto.url,
        FIELDSEAL_WORKER: `worker-${i}`,
        FIELDSEAL_SEAL_SECONDS: "3600",
        FIELDSEAL_SEAL_MESSAGES: "1000000",
        FIELDSEAL_CLIENT_RATE: "1000000",
        FIELDSEAL_CLIENT_BURST: "1000000",
      }),
    ),
  );
  const signed = async (first: number, messages: number): Promise<LoadDevice[]> =>
    Promise.all(
      fleet.map(async ({ id, signer }) => {
        const payloads: Uint8Array[] = [];
        for (let i = 0; i < messages; i++) {
          const facts = { signer, device: id, keyIndex: 0, domain: deployment.domain };
          const sequence = BigInt(first + i);
          const readings = sampleReadings(Date.now());
          const { bytes } = await signMessage({ ...facts, sequence, readings, salt: sampleSalt });
          payloads.push(bytes);
        }
        const { up, receipt } = topicsOf(defaultTopicPrefix, id);
        return { id, upTopic: up, receiptTopic: receipt, payloads };
      }),
    );
  const storedCount = async () => {
    const [row] = await postgres.query("select count(*) from fieldseal.messages");
    return Number(row?.count);
  };
  const run = async (fleetWithMessages: LoadDevice[]) => {
    const plan = { kind: "window", window } as const;
    const load = await startLoad({ port: mosquitto.port, devices: fleetWithMessages, plan });
    const pids = new Set(oracles.map(({ pid }) => pid));
    const before = { cpu: cpuByPart(pids), ms: performance.now() };
    const going = load.go();
    const sample = { cpu: before.cpu, ms: before.ms };
    // The load's process ends with its work: what it used is read while it lasts.
    const reading = setInterval(() => {
      sample.cpu = cpuByPart(pids);
      sample.ms = performance.now();
    }, 100);
    await going;
    clearInterval(reading);
    await load.stop();
    return {
      seconds: (performance.now() - before.ms) / 1000,
      before: before.cpu,
      after: sample.cpu,
    };
  };
  try {
    for (const { ready, log } of oracles) if (!(await ready)) throw new Error(log());
    const warmUp = 100;
    await run(await signed(1, warmUp));
    const { seconds, before, after } = await run(await signed(1 + warmUp, perDevice));
    const total = devices * (warmUp + perDevice);
    await until("storing everything", async () => (await storedCount()) === total);
    const messages = devices * perDevice;
    const per = (part: keyof CpuByPart) => (after[part] - before[part]) / messages;
    const [size] = await postgres.query(
      `select sum(pg_total_relation_size(oid)) as bytes from pg_class
       where relnamespace = 'fieldseal'::regnamespace and relkind = 'r'`,
    );
    return {
      workers: count,
      storeBytesPerMessage: Number(size?.bytes) / total,
      messagesPerS: messages / seconds,
      cpuUsPerMessage: {
        workers: per("workers"),
        postgres: per("postgres"),
        mosquitto: per("mosquitto"),
        load: per("load"),
      },
    };
  } finally {
    await Promise.all(oracles.map((oracle) => oracle.kill()));
    await mosquitto.stop();
    await postgres.stop();
    deployment.provider.destroy();
    await node.stop();
    folder.remove();
  }
}
