import { type DeviceId, hex, type SignedFacts } from "@fieldseal/sdk";
import { operatorSigner } from "../../../oracle/src/seal/operator-signer.ts";
import { createSealer, type SealPolicy } from "../../../oracle/src/seal/sealer.ts";
import { insertBatch } from "../../../oracle/src/store/accept-batch.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { openTestStore } from "../../support/test-store.ts";
import {
  commonAt,
  logId,
  operatorKey,
  receiptDomain,
  startMs,
  tempFolder,
} from "../ingest/fixture.ts";
import { type SimulatedLog, simulatedLog } from "./simulated-log.ts";

/** Facts that are told apart by their number and come in no order. */
export function factsOf(number: number): SignedFacts {
  const device: DeviceId = hex(new Uint8Array(20).fill((number * 37) % 251));
  const root = new Uint8Array(32);
  new DataView(root.buffer).setUint32(0, number);
  return { device, keyIndex: number % 2, sequence: BigInt(number), root };
}

/** Stores messages as ingest does after it judged them. */
export async function storeMessages(
  store: Store,
  all: readonly SignedFacts[],
  { acceptedBlock = 10, receivedAtMs = startMs } = {},
): Promise<void> {
  const batch = {
    logId,
    epoch: 0,
    root: new Uint8Array(32),
    storedAtS: 0,
    deadlineS: 0,
    operator: operatorKey.address,
    signature: new Uint8Array(65),
  };
  const messages = all.map((facts) => ({
    facts,
    keyType: 2 as const,
    signature: new Uint8Array(64),
    raw: new Uint8Array(8),
    receivedAtMs,
    acceptedBlock,
    readings: [],
  }));
  await store.write((db) => insertBatch(db, batch, messages));
}

export async function follow(store: Store, number: number): Promise<void> {
  await store.db
    .insertInto("followed")
    .values({ number, hash: "0x00", time_s: startMs / 1000 + number })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** An oracle's sealer over a data folder, and a chain that outlives it. */
export async function sealFixture(
  policy: Partial<SealPolicy> = {},
  path = tempFolder(),
  chain: SimulatedLog = simulatedLog(),
  receipts: { device: DeviceId; receipt: Uint8Array }[] = [],
) {
  const store = await openTestStore(path);
  await follow(store, 10);
  const clock = { ms: startMs, nowMs: () => clock.ms };
  const signer = operatorSigner(operatorKey, receiptDomain);
  const sealer = createSealer({
    common: commonAt(clock),
    store,
    log: chain.log,
    signer,
    policy: { maxMessages: 1, maxAgeMs: 60_000, ...policy },
    publish: async (device, receipt) => {
      receipts.push({ device, receipt });
    },
  });
  return { path, store, clock, sealer, chain, signer, receipts };
}

export type SealFixture = Awaited<ReturnType<typeof sealFixture>>;
