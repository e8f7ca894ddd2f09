import type { DeviceId } from "@fieldseal/sdk";
import { deviceBlob, deviceOfBlob } from "./blobs.ts";
import { insertRows } from "./insert-rows.ts";
import type { Store } from "./open-store.ts";
import type { Database } from "./schema.ts";

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

const columns = {
  code: "text",
  message: "text",
  raw: "bytea",
  source: "text",
  client: "text",
  device: "bytea",
  received_at_ms: "bigint",
} as const;

/** Text that every engine takes: PostgreSQL's holds no zero character. */
const storable = (text: string) => text.replaceAll("\0", "\ufffd");

/** Adds refused messages and drops the oldest beyond the limits. */
export async function quarantine(
  db: Database,
  refused: readonly Refused[],
  limits: QuarantineLimits,
): Promise<void> {
  const added = refused.map(({ code, message, raw, source, client, device, receivedAtMs }) => [
    ...[code, storable(message), raw.subarray(0, quarantinedBytes), source],
    ...[storable(client.slice(0, 128)), device === undefined ? null : deviceBlob(device)],
    receivedAtMs,
  ]);
  await insertRows(db, "quarantine", columns, added);
  const rows = Math.max(1, Math.min(limits.rows, Math.floor(limits.bytes / quarantinedBytes)));
  const newest = await db
    .selectFrom("quarantine")
    .select(({ fn }) => fn.max<number | null>("id").as("id"))
    .executeTakeFirst();
  // Ids may have gaps: then a few less are kept than the limit allows.
  await db
    .deleteFrom("quarantine")
    .where("id", "<=", (newest?.id ?? 0) - rows)
    .execute();
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
