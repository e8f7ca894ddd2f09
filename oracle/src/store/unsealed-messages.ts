import type { Store } from "./open-store.ts";

/** What waits for a checkpoint: how many, and since when the oldest. */
export type Unsealed = { readonly count: number; readonly oldestAtMs: number | undefined };

/**
 * Cheap however many messages wait: counts them up to `exactBelow`. More than those are told by how far their ids
 * span, which ids that were never used make a little too many.
 */
export async function unsealedMessages({ db }: Store, exactBelow: number): Promise<Unsealed> {
  const counted = await db
    .selectFrom(db.selectFrom("unsealed").select("message_id").limit(exactBelow).as("first"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (counted.count === 0) return { count: 0, oldestAtMs: undefined };
  // Two look-ups: one that asked for both ends would read all that is between them.
  const end = (direction: "asc" | "desc") =>
    db
      .selectFrom("unsealed")
      .select("message_id as id")
      .orderBy("message_id", direction)
      .limit(1)
      .executeTakeFirst();
  const [first, last] = [await end("asc"), await end("desc")];
  if (first === undefined || last === undefined) return { count: 0, oldestAtMs: undefined };
  const oldest = await db
    .selectFrom("messages")
    .select("received_at_ms")
    .where("id", "=", first.id)
    .executeTakeFirst();
  const count = counted.count < exactBelow ? counted.count : last.id - first.id + 1;
  return { count, oldestAtMs: oldest?.received_at_ms };
}
