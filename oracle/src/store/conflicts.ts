import type { DeviceId, SignedFacts } from "@fieldseal/sdk";
import { deviceBlob, factsOfRow, sequenceBlob } from "./blobs.ts";
import type { Store } from "./open-store.ts";
import type { Database } from "./schema.ts";

/** Evidence that a device, or a copy of it, signed two contents under one identity. */
export type Conflict = SignedFacts & {
  readonly raw: Uint8Array;
  readonly receivedAtMs: number;
};

/** Evidence kept of one device; more proves no more. */
const conflictsPerDevice = 100;

/** Keeps evidence; the same content once. */
export async function insertConflicts(db: Database, conflicts: readonly Conflict[]): Promise<void> {
  for (const { device, keyIndex, sequence, root, raw, receivedAtMs } of conflicts) {
    const from = deviceBlob(device);
    const { kept } = await db
      .selectFrom("conflicts")
      .select(({ fn }) => fn.countAll<number>().as("kept"))
      .where("device", "=", from)
      .executeTakeFirstOrThrow();
    if (kept >= conflictsPerDevice) continue;
    await db
      .insertInto("conflicts")
      .values({
        device: from,
        key_index: keyIndex,
        sequence: sequenceBlob(sequence),
        root,
        raw,
        received_at_ms: receivedAtMs,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Evidence against a device, or all of it, oldest first. */
export async function listConflicts(store: Store, device?: DeviceId): Promise<Conflict[]> {
  const rows = await store.read
    .selectFrom("conflicts")
    .selectAll()
    .$if(device !== undefined, (query) => query.where("device", "=", deviceBlob(device ?? "0x")))
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    ...factsOfRow(row),
    raw: row.raw,
    receivedAtMs: row.received_at_ms,
  }));
}
