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

/**
 * Notes on a device's unsealed messages that were acceptable up to `lastBlock` and are not any more: the sealer then
 * judges them at that block. A message judged later than `lastBlock` keeps the block at which it was judged.
 * @returns how many messages were marked
 */
export async function endAcceptance(
  db: Database,
  device: DirectoryDevice,
  logId: bigint,
  timeS: number,
  lastBlock: number,
): Promise<number> {
  const id: DeviceId = device.device;
  const unsealed = () =>
    db
      .updateTable("messages")
      .set({ valid_until_block: later(lastBlock) })
      .where("device", "=", fromHex(id))
      .where("checkpoint_index", "is", null)
      .where("valid_until_block", "is", null);
  let marked = 0n;
  for (let keyIndex = 0; keyIndex <= device.currentKeyIndex; keyIndex++) {
    if (isAccepted(device, keyIndex, logId, timeS)) continue;
    const [result] = await unsealed().where("key_index", "=", keyIndex).execute();
    marked += result?.numUpdatedRows ?? 0n;
  }
  return Number(marked);
}
