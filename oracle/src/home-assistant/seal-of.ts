import type { DeviceId } from "@fieldseal/sdk";
import { deviceBlob, sequenceBlob } from "../store/blobs.ts";
import type { Database } from "../store/schema.ts";

/** The checkpoint that holds a message, once it is in a block. */
export type Seal = { readonly checkpoint: number; readonly isFinal: boolean };

/** How far a message is sealed; undefined while it is in no block. */
export async function sealOf(
  db: Database,
  { device, keyIndex, sequence }: { device: DeviceId; keyIndex: number; sequence: bigint },
): Promise<Seal | undefined> {
  const row = await db
    .selectFrom("messages")
    .innerJoin("places", "places.message_id", "messages.id")
    .innerJoin("checkpoints", "checkpoints.idx", "places.checkpoint_index")
    .select(["checkpoint_index", "state"])
    .where("device", "=", deviceBlob(device))
    .where("key_index", "=", keyIndex)
    .where("sequence", "=", sequenceBlob(sequence))
    .executeTakeFirst();
  if (row === undefined || (row.state !== "sealed" && row.state !== "final")) return undefined;
  return { checkpoint: row.checkpoint_index, isFinal: row.state === "final" };
}
