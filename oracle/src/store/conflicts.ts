import type { DeviceId, SignedFacts } from "@fieldseal/sdk";
import type Sqlite from "better-sqlite3";
import { deviceBlob, factsOfRow, sequenceBlob } from "./blobs.ts";
import type { Store } from "./open-store.ts";

/** Evidence that a device, or a copy of it, signed two contents under one identity. */
export type Conflict = SignedFacts & {
  readonly raw: Uint8Array;
  readonly receivedAtMs: number;
};

/** Evidence kept of one device; more proves no more. */
const conflictsPerDevice = 100;

/** Keeps evidence; the same content once. Inside `Store.bulk`. */
export function insertConflicts(sqlite: Sqlite.Database, conflicts: readonly Conflict[]): void {
  if (conflicts.length === 0) return;
  const count = sqlite
    .prepare<[Uint8Array], number>("select count(*) from conflicts where device = ?")
    .pluck();
  const insert = sqlite.prepare<[Uint8Array, number, Uint8Array, Uint8Array, Uint8Array, number]>(
    `insert into conflicts (device, key_index, sequence, root, raw, received_at_ms)
     values (?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  for (const { device, keyIndex, sequence, root, raw, receivedAtMs } of conflicts) {
    const blob = deviceBlob(device);
    if ((count.get(blob) ?? 0) >= conflictsPerDevice) continue;
    insert.run(blob, keyIndex, sequenceBlob(sequence), root, raw, receivedAtMs);
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
