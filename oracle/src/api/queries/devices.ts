import { type DeviceId, hex } from "@fieldseal/sdk";
import type { Selectable } from "kysely";
import { deviceBlob, deviceOfBlob } from "../../store/blobs.ts";
import type { Database, DevicesTable } from "../../store/schema.ts";

type DeviceRow = Selectable<DevicesTable>;

/** A device as the registry held it at the followed block. */
export function deviceView(row: DeviceRow) {
  return {
    device: deviceOfBlob(row.device),
    owner: row.owner,
    status: row.status,
    home: row.home,
    pendingHome: row.pending_home,
    pendingHomeAt: row.pending_home_at_s === null ? null : String(row.pending_home_at_s),
    keyIndex: row.key_index,
    ownerEpoch: row.owner_epoch,
    enrolledBlock: String(row.enrolled_block),
    changedAt: String(row.changed_at_s),
  };
}

/** Devices in the order of their ids, after `after`. */
export function listDevices(
  db: Database,
  after: DeviceId | undefined,
  limit: number,
): Promise<DeviceRow[]> {
  return db
    .selectFrom("devices")
    .selectAll()
    .$if(after !== undefined, (query) => query.where("device", ">", deviceBlob(after ?? "0x")))
    .orderBy("device")
    .limit(limit)
    .execute();
}

/** A device with its keys and its newest message, undefined if it is not enrolled. */
export async function findDevice(db: Database, device: DeviceId) {
  const id = deviceBlob(device);
  const row = await db
    .selectFrom("devices")
    .selectAll()
    .where("device", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const keys = await db
    .selectFrom("device_keys")
    .selectAll()
    .where("device", "=", id)
    .orderBy("key_index", "desc")
    .limit(100)
    .execute();
  const newest = await db
    .selectFrom("messages")
    .select(["last_time_ms", "received_at_ms"])
    .where("device", "=", id)
    .orderBy("last_time_ms", "desc")
    .limit(1)
    .executeTakeFirst();
  return {
    ...deviceView(row),
    keys: keys.map((key) => ({
      keyIndex: key.key_index,
      keyType: key.key_type,
      key: hex(key.point),
      fromBlock: String(key.from_block),
      untilBlock: key.until_block === null ? null : String(key.until_block),
      compromised: key.compromised !== 0,
    })),
    newestReadingAt: newest === undefined ? null : String(newest.last_time_ms),
    lastReceivedAt: newest === undefined ? null : String(newest.received_at_ms),
  };
}
