import { type DeviceId, fromHex, hex, type KeyType } from "@fieldseal/sdk";
import type { Selectable } from "kysely";
import type { Database, DeviceKeysTable, DevicesTable } from "../store/schema.ts";
import type { DeviceDirectory, DirectoryDevice, DirectoryKey, Hex, Standing } from "./types.ts";

type DeviceRow = Selectable<DevicesTable>;
type DeviceKeyRow = Selectable<DeviceKeysTable>;
export type JudgedBlock = { readonly number: number; readonly timeS: number };

/** The directory with the door through which the follower brings news. */
export type MutableDirectory = DeviceDirectory & {
  /** Replaces what is known of the devices and moves to `block`, at once. */
  apply(devices: readonly DirectoryDevice[], block: JudgedBlock): void;
  /** Replaces what is known of devices touched since the judged block. */
  see(newest: ReadonlyMap<DeviceId, Standing>): void;
  readonly size: number;
};

function directoryKey(row: DeviceKeyRow, graceSeconds: number): DirectoryKey {
  const key = { keyType: row.key_type as KeyType, point: new Uint8Array(row.point) };
  const compromised = row.compromised !== 0;
  if (row.until_time_s === null) return { key, compromised };
  return { key, compromised, untilTimeS: row.until_time_s + graceSeconds };
}

/** A device as messages are judged by it, from its rows. */
function directoryDevice(
  row: DeviceRow,
  keys: readonly DeviceKeyRow[],
  graceSeconds: number,
): DirectoryDevice {
  const byIndex = new Map(keys.map((key) => [key.key_index, directoryKey(key, graceSeconds)]));
  return {
    device: hex(row.device),
    owner: row.owner,
    status: row.status,
    home: BigInt(row.home),
    currentKeyIndex: row.key_index,
    ownerEpoch: row.owner_epoch,
    key: (keyIndex) => byIndex.get(keyIndex),
  };
}

/** Which devices to read: some, or those written after a followed block. */
type WhichDevices = readonly DeviceId[] | { readonly writtenAfter: number };

/** Reads devices with their keys. */
export async function readDevices(
  db: Database,
  graceSeconds: number,
  which: WhichDevices = { writtenAfter: -1 },
): Promise<DirectoryDevice[]> {
  let devices = db.selectFrom("devices").selectAll();
  let keys = db.selectFrom("device_keys").selectAll();
  if ("writtenAfter" in which) {
    const written = devices.where("written_block", ">", which.writtenAfter);
    devices = written;
    // Who has nothing to begin with reads all of them.
    if (which.writtenAfter >= 0) {
      keys = keys.where("device", "in", written.clearSelect().select("device"));
    }
  } else {
    const ids = which.map((device) => fromHex(device));
    devices = devices.where("device", "in", ids);
    keys = keys.where("device", "in", ids);
  }
  const keysOf = new Map<Hex, DeviceKeyRow[]>();
  for (const key of await keys.execute()) {
    const device = hex(key.device);
    const known = keysOf.get(device);
    if (known === undefined) keysOf.set(device, [key]);
    else known.push(key);
  }
  const rows = await devices.execute();
  return rows.map((row) => directoryDevice(row, keysOf.get(hex(row.device)) ?? [], graceSeconds));
}

/** An empty directory at `block`. */
export function createDirectory(block: JudgedBlock): MutableDirectory {
  const known = new Map<DeviceId, DirectoryDevice>();
  let judged = block;
  let newest: ReadonlyMap<DeviceId, Standing> = new Map();
  return {
    lookup: (device) => known.get(device),
    newest: (device) => newest.get(device),
    judgedBlock: () => judged,
    get size() {
      return known.size;
    },
    apply(devices, next) {
      for (const device of devices) known.set(device.device, device);
      judged = next;
    },
    see(touched) {
      newest = touched;
    },
  };
}
