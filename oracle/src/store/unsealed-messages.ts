import type { Store } from "./open-store.ts";

/** What waits for a checkpoint: how many, and since when the oldest. */
export type Unsealed = { readonly count: number; readonly oldestAtMs: number | undefined };

/** Cheap however many messages there are: ids have no gaps, so a difference counts. */
export async function unsealedMessages({ db }: Store): Promise<Unsealed> {
  const newest = await db
    .selectFrom("messages")
    .select(({ fn }) => fn.max<number | null>("id").as("id"))
    .executeTakeFirst();
  const sealed = await db
    .selectFrom("checkpoints")
    .select(({ fn }) => fn.sum<number | null>("size").as("size"))
    .executeTakeFirst();
  const count = (newest?.id ?? 0) - (sealed?.size ?? 0);
  if (count === 0) return { count, oldestAtMs: undefined };
  const oldest = await db
    .selectFrom("messages")
    .select("received_at_ms")
    .where("checkpoint_index", "is", null)
    .orderBy("leaf_index")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return { count, oldestAtMs: oldest?.received_at_ms };
}
