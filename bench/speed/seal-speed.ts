import { decodeMessage, openBody } from "@fieldseal/sdk";
import { proveReading } from "../../oracle/src/api/prove.ts";
import { buildCheckpoint } from "../../oracle/src/seal/build-checkpoint.ts";
import { candidateOf } from "../../oracle/src/seal/candidate-of.ts";
import { insertBatch } from "../../oracle/src/store/accept-batch.ts";
import { updateCheckpoint } from "../../oracle/src/store/checkpoints.ts";
import { unsealedMessages } from "../../oracle/src/store/unsealed-messages.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { Figures } from "../results/figures.ts";
import {
  type BenchOracle,
  benchIdentity,
  benchOperator,
  judgedBlock,
  presign,
  startBenchOracle,
} from "./bench-oracle.ts";
import { quantile } from "./measure-rate.ts";

const devices = 100;
/** Messages of a checkpoint, and checkpoints of the store whose readings are proved: ten million readings. */
const messages = 100_000;
const checkpoints = 10;
const batchSize = 1000;
const proofs = 400;
const device = (i: number) => i % devices;
const sequence = (i: number) => BigInt(Math.floor(i / devices) + 1);

/** Stores 100,000 messages from number `first` on, as ingest does after its checks. One body serves all of a device. */
async function fill({ store, fleet }: BenchOracle, first: number): Promise<void> {
  const bodies = await Promise.all(
    fleet.map(async (one) => {
      const [raw = new Uint8Array()] = await presign(one, 1, 1);
      const message = decodeMessage(raw);
      return { ...message, raw, readings: openBody(message.body).records };
    }),
  );
  const { logId } = benchIdentity;
  for (let from = first; from < first + messages; from += batchSize) {
    const accepted = Array.from({ length: batchSize }, (_, at) => {
      const body = bodies[device(from + at)];
      if (body === undefined) throw new Error("Every device has a body.");
      return {
        facts: { device: body.device, keyIndex: 0, sequence: sequence(from + at), root: body.root },
        keyType: 2 as const,
        signature: body.signature,
        raw: body.raw,
        receivedAtMs: Date.now(),
        acceptedBlock: judgedBlock,
        readings: body.readings,
      };
    });
    const batch = {
      logId,
      epoch: 0,
      root: new Uint8Array(32),
      storedAtS: 0,
      deadlineS: 0,
      operator: benchOperator.address,
      signature: new Uint8Array(65),
    };
    await store.write((db) => insertBatch(db, batch, accepted));
  }
}

/** @returns seconds */
async function seal({ store, signer }: BenchOracle, index: number): Promise<number> {
  const startMs = performance.now();
  await buildCheckpoint({
    store,
    index,
    previous: new Uint8Array(32),
    epoch: 0,
    limit: messages,
    nowMs: Date.now(),
    sign: (checkpoint) => signer.signCheckpoint(benchIdentity.logId, candidateOf(checkpoint)),
  });
  const seconds = (performance.now() - startMs) / 1000;
  const sealing = {
    sealedAtS: 1,
    signers: 1,
    transaction: `0x${"00".repeat(32)}`,
    block: 1,
  } as const;
  await updateCheckpoint(store, index, { state: "final", sealing });
  return seconds;
}

async function prove({ common, store, ingest, directory: devicesKnown, fleet }: BenchOracle) {
  const sources = {
    common,
    store,
    ingest,
    devices: devicesKnown,
    identity: benchIdentity,
    logInfo: () => ({ restricted: false, epoch: 0, threshold: 1, operators: [] }),
    broker: { authority: "bench", topicPrefix: "fieldseal/1" },
    readiness: [],
  };
  const times: number[] = [];
  for (let i = 0; i < proofs; i++) {
    const at = (i * 7919 * 797) % (checkpoints * messages);
    const id = fleet[device(at)]?.id ?? "0x";
    const startMs = performance.now();
    await proveReading(sources, { device: id, keyIndex: 0, sequence: sequence(at) }, i % 10);
    times.push(performance.now() - startMs);
  }
  return times;
}

async function follow({ store }: BenchOracle): Promise<void> {
  await store.db
    .insertInto("followed")
    .values({ number: judgedBlock, hash: "0x00", time_s: 0 })
    .execute();
}

/** Fills and seals one checkpoint after the other. @returns seconds that each took to seal */
async function sealAll(oracle: BenchOracle, count: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let index = 0; index < count; index++) {
    await fill(oracle, index * messages);
    seconds.push(await seal(oracle, index));
  }
  return seconds;
}

/** Time from opening a store in which a million readings wait to the first receipt. */
async function restart(path: string, fleet: BenchOracle["fleet"]) {
  const [one] = fleet;
  if (one === undefined) throw new Error("There is a device.");
  const [bytes = new Uint8Array()] = await presign(one, 1, 10_000_000);
  const startMs = performance.now();
  const oracle = await startBenchOracle(0, {}, { path });
  const { count } = await unsealedMessages(oracle.store, 10_000);
  const { kind } = await oracle.ingest.submit({ bytes, source: "http", client: "bench" });
  const seconds = (performance.now() - startMs) / 1000;
  if (kind !== "stored" || count < messages) throw new Error(`${kind} beside ${count}`);
  return { oracle, seconds };
}

/** The same on PostgreSQL, where it is installed. */
async function sealOnPostgres(): Promise<Figures> {
  const postgres = await startPostgres(["shared_buffers=256MB"]).catch(() => undefined);
  if (postgres === undefined) return {};
  const oracle = await startBenchOracle(devices, {}, { url: postgres.url("bench") });
  try {
    await follow(oracle);
    const seconds = await sealAll(oracle, 3);
    return { "seal.postgres_build_and_store_100000_s": quantile(seconds, 0.5) };
  } finally {
    await oracle.close();
    await postgres.stop();
  }
}

/**
 * Sealing 100,000 stored messages, proofs of readings from a store of ten million, and a restart while a million wait.
 */
export async function measureSealing(): Promise<Figures> {
  const first = await startBenchOracle(devices, {});
  await follow(first);
  const seconds = await sealAll(first, checkpoints);
  await fill(first, checkpoints * messages);
  await first.halt();
  const { oracle, seconds: restartS } = await restart(first.path, first.fleet);
  try {
    const times = await prove({ ...oracle, fleet: first.fleet });
    return {
      "seal.build_and_store_100000_s": quantile(seconds, 0.5),
      "seal.proof_of_10000000_readings_median_ms": quantile(times, 0.5),
      "seal.proof_of_10000000_readings_p95_ms": quantile(times, 0.95),
      "seal.restart_with_1000000_unsealed_s": restartS,
      ...(await sealOnPostgres()),
    };
  } finally {
    await oracle.close();
  }
}
