import type { Database } from "../../store/schema.ts";

/** What messages said, as received, by their ids; those whose bodies were removed are missing. */
export async function messageBodies(
  db: Database,
  ids: readonly number[],
): Promise<Map<number, Uint8Array>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("message_bodies")
    .selectAll()
    .where("message_id", "in", ids)
    .execute();
  return new Map(rows.map(({ message_id, raw }) => [message_id, raw]));
}
