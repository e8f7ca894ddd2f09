import { decodeMessage, openBody } from "@fieldseal/sdk";
import { proveReading } from "../../oracle/src/api/prove.ts";
import { buildCheckpoint } from "../../oracle/src/seal/build-checkpoint.ts";
import { candidateOf } from "../../oracle/src/seal/candidate-of.ts";
import { insertBatch } from "../../oracle/src/store/accept-batch.ts";
import { updateCheckpoint } from "../../oracle/src/store/checkpoints.ts";
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
const messages = 100_000;
const batchSize = 1000;
const proofs = 400;
const device = (i: number) => i % devices;
const sequence = (i: number) => BigInt(Math.floor(i / devices) + 1);

/** Stores messages as ingest does after its checks. One body serves all of a device. */
async function fill({ store, fleet }: BenchOracle): Promise<void> {
  const bodies = await Promise.all(
    fleet.map(async (one) => {
      const [raw = new Uint8Array()] = await presign(one, 1, 1);
      const message = decodeMessage(raw);
      return { ...message, raw, readings: openBody(message.body).records };
    }),
  );
  const { logId } = benchIdentity;
  for (let from = 0; from < messages; from += batchSize) {
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
  await store.db
    .insertInto("followed")
    .values({ number: judgedBlock, hash: "0x00", time_s: 0 })
    .execute();
}

async function seal({ store, signer }: BenchOracle): Promise<number> {
  const startMs = performance.now();
  await buildCheckpoint({
    store,
    index: 0,
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
  await updateCheckpoint(store, 0, { state: "final", sealing });
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
    const at = (i * 7919) % messages;
    const id = fleet[device(at)]?.id ?? "0x";
    const startMs = performance.now();
    await proveReading(sources, { device: id, keyIndex: 0, sequence: sequence(at) }, i % 10);
    times.push(performance.now() - startMs);
  }
  return times;
}

/** Sealing 100,000 stored messages, and proofs of readings from that store of a million readings. */
export async function measureSealing(): Promise<Figures> {
  const oracle = await startBenchOracle(devices, {});
  try {
    await fill(oracle);
    const sealS = await seal(oracle);
    const times = await prove(oracle);
    return {
      "seal.build_and_store_100000_s": sealS,
      "seal.proof_of_1000000_readings_median_ms": quantile(times, 0.5),
      "seal.proof_of_1000000_readings_p95_ms": quantile(times, 0.95),
    };
  } finally {
    await oracle.close();
  }
}
