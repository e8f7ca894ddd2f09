import { type DeviceId, fromHex } from "@fieldseal/sdk";
import { sql } from "kysely";
import type { Database } from "../store/schema.ts";
import type { DirectoryDevice, DirectoryKey } from "./types.ts";

/** Whether a key's messages are taken at block time `timeS`. */
function isKeyAccepted(key: DirectoryKey | undefined, timeS: number): boolean {
  if (key === undefined || key.compromised) return false;
  return key.untilTimeS === undefined || timeS <= key.untilTimeS;
}

/** Whether messages signed with key `keyIndex` may be sealed in `logId` at block time `timeS`. */
function isAccepted(
  device: DirectoryDevice,
  keyIndex: number,
  logId: bigint,
  timeS: number,
): boolean {
  const open = device.status === "active" && device.home === logId;
  return open && isKeyAccepted(device.key(keyIndex), timeS);
}

/** The later of `block` and the block at which the message was judged. */
const later = (block: number) =>
  sql<number>`case when accepted_block > ${block} then accepted_block else ${block} end`;

/** Beginning of the leaves of a device's messages under one key. */
function leavesUnder(device: DeviceId, keyIndex: number): Buffer {
  const start = Buffer.alloc(24);
  start.set(fromHex(device));
  start.writeUInt32BE(keyIndex, 20);
  return start;
}

/** Keys asked for in one statement. */
const atOnce = 500;

/** A device whose messages were acceptable up to a block. */
export type EndedDevice = { readonly device: DirectoryDevice; readonly lastBlock: number };

/**
 * Notes on unsealed messages that were acceptable up to the last block of their device and are not any more: the
 * sealer then judges them at that block. A message judged later than that keeps the block at which it was judged.
 * Reads the queue once for devices that ended at the same block, however many they are.
 * @param timeS Block time that keys are judged at
 * @returns how many messages were marked
 */
export async function endAcceptance(
  db: Database,
  devices: readonly EndedDevice[],
  logId: bigint,
  timeS: number,
): Promise<number> {
  let marked = 0n;
  for (const [lastBlock, ended] of Map.groupBy(devices, (one) => one.lastBlock)) {
    const starts = ended.flatMap(({ device }) =>
      Array.from({ length: device.currentKeyIndex + 1 }, (_, keyIndex) => keyIndex)
        .filter((keyIndex) => !isAccepted(device, keyIndex, logId, timeS))
        .map((keyIndex) => leavesUnder(device.device, keyIndex)),
    );
    for (let from = 0; from < starts.length; from += atOnce) {
      const part = starts.slice(from, from + atOnce);
      const [result] = await db
        .updateTable("unsealed")
        .set({ valid_until_block: later(lastBlock) })
        .where(sql<Uint8Array>`substr(leaf, 1, 24)`, "in", part)
        .where("valid_until_block", "is", null)
        .execute();
      marked += result?.numUpdatedRows ?? 0n;
    }
  }
  return Number(marked);
}
