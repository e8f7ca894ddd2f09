import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DeviceId,
  deviceIdOf,
  hex,
  logDomain,
  messageDomain,
  type PublicKey,
  type Signer,
  signMessage,
} from "@fieldseal/sdk";
import pino from "pino";
import { createDirectory, readDevices } from "../../oracle/src/chain/directory.ts";
import { accountKey } from "../../oracle/src/chain/keys.ts";
import { checkThreads } from "../../oracle/src/ingest/check/check-threads.ts";
import { createIngest } from "../../oracle/src/ingest/create-ingest.ts";
import { defaultIngestLimits, type IngestLimits } from "../../oracle/src/ingest/types.ts";
import { systemClock } from "../../oracle/src/internal/clock.ts";
import type { Common } from "../../oracle/src/internal/common.ts";
import { createMetrics } from "../../oracle/src/internal/metrics.ts";
import { operatorSigner } from "../../oracle/src/seal/operator-signer.ts";
import { deviceBlob } from "../../oracle/src/store/blobs.ts";
import { openStore, type Store } from "../../oracle/src/store/open-store.ts";
import { fastSigner, seededBytes } from "./fast-signer.ts";
import { sampleReadings, sampleSalt } from "./sample-readings.ts";

export const benchIdentity = {
  chainId: 31337n,
  genesisHash: `0x${"00".repeat(32)}`,
  registry: `0x${"aa".repeat(20)}`,
  grants: `0x${"cc".repeat(20)}`,
  log: `0x${"bb".repeat(20)}`,
  logId: 1n,
} as const;
export const benchDomain = messageDomain(benchIdentity.chainId, benchIdentity.registry);
export const benchOperator = accountKey(hex(seededBytes("operator")), "the bench");
export const judgedBlock = 1;

const receiptDomain = logDomain(benchIdentity.chainId, benchIdentity.log);
const metrics = createMetrics();

export type BenchDevice = { readonly id: DeviceId; readonly signer: Signer };

/** Where a bench goes on, or which database it uses. */
type BenchPlace = { readonly path?: string; readonly url?: string };

/** The oracle's store and ingest in a folder of their own, with devices as the follower would write them. */
export async function startBenchOracle(
  devices: number,
  limits: Partial<IngestLimits>,
  place: BenchPlace = {},
) {
  const fleet = newFleet(devices);
  const keys = fleet.map(({ signer }) => signer.publicKey);
  return { ...(await startOracleOf(keys, limits, place)), fleet };
}

export type BenchOracle = Awaited<ReturnType<typeof startBenchOracle>>;

/** Devices with P-256 keys of their own. */
function newFleet(devices: number): BenchDevice[] {
  return Array.from({ length: devices }, () => {
    const signer = fastSigner();
    return { id: deviceIdOf(signer.publicKey), signer };
  });
}

/** As {@link startBenchOracle}, for devices whose secrets are elsewhere. */
export async function startOracleOf(
  keys: readonly PublicKey[],
  limits: Partial<IngestLimits>,
  { path = mkdtempSync(join(tmpdir(), "fieldseal-bench-")), url }: BenchPlace = {},
) {
  const log = pino({ level: "silent" });
  const common: Common = { log, clock: systemClock, metrics };
  const store = await openStore({ path, url, log });
  for (const key of keys) await enrol(store, key);
  const block = { number: judgedBlock, timeS: Math.floor(Date.now() / 1000) };
  const directory = createDirectory(block);
  directory.apply(await readDevices(store.db, 3600), block);
  const signer = operatorSigner(benchOperator, receiptDomain);
  const { skewMs } = defaultIngestLimits;
  const threads = availableParallelism() - 1;
  const checker = checkThreads({ log, rules: { domain: benchDomain, skewMs }, threads });
  const ingest = createIngest({
    common,
    store,
    devices: directory,
    domain: benchDomain,
    logId: benchIdentity.logId,
    epoch: () => 0,
    signer,
    checker,
    limits,
  });
  return {
    common,
    store,
    directory,
    signer,
    ingest,
    path,
    /** Ends it and leaves its store to go on from. */
    async halt() {
      await ingest.stop();
      await checker.stop();
      await store.close();
    },
    async close() {
      await this.halt();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

async function enrol(store: Store, key: PublicKey): Promise<void> {
  const device = deviceBlob(deviceIdOf(key));
  await store.db
    .insertInto("devices")
    .values({
      device,
      owner: `0x${"cc".repeat(20)}`,
      status: "active",
      home: benchIdentity.logId.toString(),
      pending_home: null,
      pending_home_at_s: null,
      key_index: 0,
      owner_epoch: 0,
      enrolled_block: judgedBlock,
      changed_block: judgedBlock,
      changed_at_s: 0,
    })
    .execute();
  await store.db
    .insertInto("device_keys")
    .values({
      device,
      key_index: 0,
      key_type: 2,
      point: key.point,
      from_block: judgedBlock,
      until_block: null,
      until_time_s: null,
      compromised: 0,
    })
    .execute();
}

/** Messages of ten readings each, signed beforehand; sequences from `first`. */
export async function presign(
  { id, signer }: BenchDevice,
  count: number,
  first: number,
): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const { bytes } = await signMessage({
      signer,
      device: id,
      keyIndex: 0,
      sequence: BigInt(first + i),
      domain: benchDomain,
      readings: sampleReadings(Date.now()),
      salt: sampleSalt,
    });
    messages.push(bytes);
  }
  return messages;
}
