import type { DeviceId } from "@fieldseal/sdk";
import { deviceBlob } from "../../store/blobs.ts";
import type { Database } from "../../store/schema.ts";

/** Where a device's leaves stand in a checkpoint: from `first`, `end` not included. */
export type DeviceRun = { readonly first: number; readonly end: number };

async function deviceAt(db: Database, checkpoint: number, leaf: number): Promise<Buffer> {
  const row = await db
    .selectFrom("messages")
    .select("device")
    .where("checkpoint_index", "=", checkpoint)
    .where("leaf_index", "=", leaf)
    .executeTakeFirstOrThrow();
  return Buffer.from(row.device);
}

/** First leaf whose device is not below the given one, or not above it. */
async function bound(
  db: Database,
  checkpoint: number,
  size: number,
  isBefore: (device: Buffer) => boolean,
): Promise<number> {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(await deviceAt(db, checkpoint, middle))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finds a device's leaves in a checkpoint: leaves are sorted by device, so a few look-ups do. */
export async function deviceRun(
  db: Database,
  checkpoint: number,
  size: number,
  device: DeviceId,
): Promise<DeviceRun> {
  const wanted = deviceBlob(device);
  const first = await bound(db, checkpoint, size, (other) => other.compare(wanted) < 0);
  const end = await bound(db, checkpoint, size, (other) => other.compare(wanted) <= 0);
  return { first, end };
}
