import { decodeMessage, FieldsealError, openBody, type ReadingRecord } from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import type { Database } from "../../store/schema.ts";
import type { ReadingRow } from "../views.ts";

/** A reading out of a stored body. */
export type OpenedReading = ReadingRow & { readonly message_id: number };

/** Records of a body; none of one that is encrypted, or was damaged in the store. */
function recordsOf(raw: Uint8Array): readonly ReadingRecord[] {
  try {
    const { body } = decodeMessage(raw);
    return body.kind === "encrypted" ? [] : openBody(body, nodeSha256).records;
  } catch (error) {
    if (error instanceof FieldsealError) return [];
    throw error;
  }
}

/** The readings of messages, in the order of messages and records, from their bodies. */
export async function openReadings(db: Database, ids: readonly number[]): Promise<OpenedReading[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("messages")
    .innerJoin("message_bodies", "message_id", "id")
    .select(["id", "device", "key_index", "sequence", "received_at_ms", "raw"])
    .where("id", "in", ids)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ id, raw, ...message }) =>
    recordsOf(raw).map(({ record, timeMs, metric, kind, value, text }) => ({
      ...message,
      message_id: id,
      record,
      time_ms: Number(timeMs),
      metric,
      kind,
      value: value.toString(),
      text: text ?? null,
    })),
  );
}
