import type { DeviceId } from "@fieldseal/sdk";
import { deviceBlob } from "../../store/blobs.ts";
import { type PlacedLeaf, readSubtree } from "../../store/read-subtree.ts";
import type { Database } from "../../store/schema.ts";
import { subtreeSize } from "../../store/subtrees.ts";

/** Where a device's leaves stand in a checkpoint: from `first`, `end` not included. */
export type DeviceRun = { readonly first: number; readonly end: number };

/** The device of any leaf of a checkpoint; neighbours share what is read. */
function deviceReader(db: Database, checkpoint: number): (leaf: number) => Promise<Buffer> {
  let known: readonly PlacedLeaf[] = [];
  return async (index) => {
    const number = Math.floor(index / subtreeSize);
    if (known[0]?.index !== number * subtreeSize) {
      known = await readSubtree(db, checkpoint, number);
    }
    const leaf = known[index % subtreeSize]?.leaf;
    if (leaf === undefined) throw new Error(`checkpoint ${checkpoint} has no leaf ${index}`);
    return leaf.subarray(0, 20);
  };
}

/** First leaf whose device is not below the given one, or not above it. */
async function bound(
  deviceAt: (leaf: number) => Promise<Buffer>,
  size: number,
  isBefore: (device: Buffer) => boolean,
): Promise<number> {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(await deviceAt(middle))) low = middle + 1;
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
  const deviceAt = deviceReader(db, checkpoint);
  const first = await bound(deviceAt, size, (other) => other.compare(wanted) < 0);
  const end = await bound(deviceAt, size, (other) => other.compare(wanted) <= 0);
  return { first, end };
}
