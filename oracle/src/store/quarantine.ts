import type { DeviceId } from "@fieldseal/sdk";
import type Sqlite from "better-sqlite3";
import { deviceBlob, deviceOfBlob } from "./blobs.ts";
import type { Store } from "./open-store.ts";

/** A refused message, kept for the operator. */
export type Refused = {
  readonly code: string;
  readonly message: string;
  /** As received, cut at the quarantine's limit for one message. */
  readonly raw: Uint8Array;
  readonly source: "mqtt" | "http";
  readonly client: string;
  /** What the message claims to come from, where it could be read. */
  readonly device: DeviceId | undefined;
  readonly receivedAtMs: number;
};

/** How much the quarantine holds before the oldest go. */
export type QuarantineLimits = { readonly rows: number; readonly bytes: number };

/** Bytes kept of one message: a little over the largest that can be valid. */
const quarantinedBytes = 9216;

/** Adds refused messages and drops the oldest beyond the limits; inside `Store.bulk`. */
export function quarantine(
  sqlite: Sqlite.Database,
  refused: readonly Refused[],
  limits: QuarantineLimits,
): void {
  const insert = sqlite.prepare<
    [string, string, Uint8Array, string, string, Uint8Array | null, number]
  >(
    `insert into quarantine (code, message, raw, source, client, device, received_at_ms)
     values (?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { code, message, raw, source, client, device, receivedAtMs } of refused) {
    const kept = raw.subarray(0, quarantinedBytes);
    const from = device === undefined ? null : deviceBlob(device);
    insert.run(code, message, kept, source, client.slice(0, 128), from, receivedAtMs);
  }
  const rows = Math.max(1, Math.min(limits.rows, Math.floor(limits.bytes / quarantinedBytes)));
  sqlite
    .prepare("delete from quarantine where id <= (select max(id) from quarantine) - ?")
    .run(rows);
}

export type QuarantinedMessage = Refused & { readonly id: number };

/** Refused messages, newest first. @param before Id of the last one of the page before */
export async function listQuarantine(
  store: Store,
  { limit = 100, before }: { limit?: number; before?: number } = {},
): Promise<QuarantinedMessage[]> {
  const rows = await store.read
    .selectFrom("quarantine")
    .selectAll()
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? 0))
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    code: row.code,
    message: row.message,
    raw: row.raw,
    source: row.source,
    client: row.client,
    device: row.device === null ? undefined : deviceOfBlob(row.device),
    receivedAtMs: row.received_at_ms,
  }));
}
