import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DeviceId,
  deviceIdOf,
  generateKey,
  type KeyType,
  logDomain,
  messageDomain,
  type Signer,
  signMessage,
  softwareSigner,
} from "@fieldseal/sdk";
import pino from "pino";
import { createDirectory, readDevices } from "../../../oracle/src/chain/directory.ts";
import { accountKey } from "../../../oracle/src/chain/keys.ts";
import type { DeviceStatus } from "../../../oracle/src/chain/types.ts";
import { createIngest } from "../../../oracle/src/ingest/create-ingest.ts";
import type { IngestLimits } from "../../../oracle/src/ingest/types.ts";
import type { Common } from "../../../oracle/src/internal/common.ts";
import { createMetrics } from "../../../oracle/src/internal/metrics.ts";
import { operatorSigner } from "../../../oracle/src/seal/operator-signer.ts";
import { deviceBlob } from "../../../oracle/src/store/blobs.ts";
import type { Store } from "../../../oracle/src/store/open-store.ts";
import { openTestStore } from "../../support/test-store.ts";

export const registry = "0x00000000000000000000000000000000000000aa";
export const logAddress = "0x00000000000000000000000000000000000000bb";
export const chainId = 31337n;
export const logId = 1n;
export const domain = messageDomain(chainId, registry);
export const receiptDomain = logDomain(chainId, logAddress);
export const startMs = 1_700_000_000_000;
export const operatorKey = accountKey(`0x${"17".repeat(32)}`, "the test");

export const metrics = createMetrics();

/** @param at `nowMs` moves both clocks, `jumpedMs` the wall clock alone */
export function commonAt(at: { nowMs(): number; readonly jumpedMs?: number }): Common {
  const clock = { nowMs: () => at.nowMs() + (at.jumpedMs ?? 0), elapsedMs: () => at.nowMs() };
  return { log: pino({ level: "silent" }), clock, metrics };
}

/** Folders that a test opened; removed by `removeFolders`. */
const folders: string[] = [];

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fieldseal-"));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A device with the keys that it ever had. */
export type TestDevice = { readonly id: DeviceId; readonly signers: Signer[] };

export function newSigner(keyType: KeyType = 2): Signer {
  return softwareSigner(keyType, generateKey(keyType).secret);
}

/** Writes a device's rows as the follower would. */
export async function enrol(
  store: Store,
  { keyType = 2, status = "active", home = logId, signer = newSigner(keyType) }: EnrolOptions = {},
): Promise<TestDevice> {
  const id = deviceIdOf(signer.publicKey);
  await store.db
    .insertInto("devices")
    .values({
      device: deviceBlob(id),
      owner: "0x00000000000000000000000000000000000000cc",
      status,
      home: home.toString(),
      pending_home: null,
      pending_home_at_s: null,
      key_index: 0,
      owner_epoch: 0,
      enrolled_block: 1,
      changed_block: 1,
      changed_at_s: startMs / 1000,
    })
    .execute();
  await insertKey(store, id, 0, signer);
  return { id, signers: [signer] };
}

type EnrolOptions = { keyType?: KeyType; status?: DeviceStatus; home?: bigint; signer?: Signer };

async function insertKey(store: Store, id: DeviceId, keyIndex: number, signer: Signer) {
  await store.db
    .insertInto("device_keys")
    .values({
      device: deviceBlob(id),
      key_index: keyIndex,
      key_type: signer.publicKey.keyType,
      point: signer.publicKey.point,
      from_block: 1,
      until_block: null,
      until_time_s: null,
      compromised: 0,
    })
    .execute();
}

/** Ends a device's current key at a block and time, and begins the next one. */
export async function rotate(
  store: Store,
  device: TestDevice,
  ended: { block: number; timeS: number; compromised?: boolean },
): Promise<void> {
  const last = device.signers.length - 1;
  await store.db
    .updateTable("device_keys")
    .set({
      until_block: ended.block,
      until_time_s: ended.timeS,
      compromised: ended.compromised === true ? 1 : 0,
    })
    .where("device", "=", deviceBlob(device.id))
    .where("key_index", "=", last)
    .execute();
  const next = newSigner();
  device.signers.push(next);
  await insertKey(store, device.id, last + 1, next);
  await store.db
    .updateTable("devices")
    .set({ key_index: last + 1 })
    .where("device", "=", deviceBlob(device.id))
    .execute();
}

export async function setStatus(store: Store, device: TestDevice, status: DeviceStatus) {
  const change = store.db.updateTable("devices").set({ status });
  await change.where("device", "=", deviceBlob(device.id)).execute();
}

/** What a device signs: one temperature, at `timeMs`. */
export async function signed(
  device: TestDevice,
  sequence: bigint,
  options: SignedOptions = {},
): Promise<Uint8Array> {
  const { keyIndex = device.signers.length - 1, value = 21.5, timeMs = startMs } = options;
  const signer = options.signer ?? device.signers[keyIndex];
  if (signer === undefined) throw new Error(`no key ${keyIndex}`);
  const { bytes } = await signMessage({
    signer,
    device: device.id,
    keyIndex,
    sequence,
    domain: options.domain ?? domain,
    readings: [{ name: "temperature", unit: "Cel", value, timeMs }],
    salt: new Uint8Array(16).fill(7),
    encoding: options.encoding ?? "cose",
  });
  return bytes;
}

type SignedOptions = {
  keyIndex?: number;
  signer?: Signer;
  value?: number;
  timeMs?: number;
  domain?: Uint8Array;
  encoding?: "cose" | "json";
};

/** A store in a fresh folder with ingest over it; the directory is read from the store's rows. */
export async function ingestFixture(
  {
    graceSeconds = 3600,
    limits = {},
    messageDomain: signedFor = domain,
  }: {
    graceSeconds?: number;
    limits?: Partial<IngestLimits>;
    messageDomain?: Uint8Array;
  } = {},
  path = tempFolder(),
) {
  const store = await openTestStore(path);
  const at = { ms: startMs, jumpedMs: 0, chainMs: 0, nowMs: () => at.ms };
  const directory = createDirectory({ number: 10, timeS: startMs / 1000 });
  const common = commonAt(at);
  const signer = operatorSigner(operatorKey, receiptDomain);
  const epoch = () => 0;
  const ingest = createIngest({
    common,
    store,
    devices: directory,
    domain: signedFor,
    logId,
    epoch,
    signer,
    chainTimeMs: () => at.chainMs,
    limits,
  });
  return {
    path,
    store,
    clock: at,
    common,
    signer,
    ingest,
    directory,
    /** Brings the rows into the directory, as of a block. */
    async follow(number = 10, timeS = startMs / 1000) {
      directory.apply(await readDevices(store.db, graceSeconds), { number, timeS });
    },
    async close() {
      await ingest.stop();
      await store.close();
    },
  };
}

export type IngestFixture = Awaited<ReturnType<typeof ingestFixture>>;
