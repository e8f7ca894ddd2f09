import type { Store } from "./open-store.ts";

/** Figures for metrics and the API. */
export type StoreCounts = {
  readonly messages: number;
  readonly unsealed: number;
  readonly checkpoints: number;
  readonly quarantined: number;
  readonly conflicts: number;
};

/** Cheap enough for every scrape: ids and small indexes, no scan of the messages. */
export async function storeCounts(store: Store): Promise<StoreCounts> {
  const { read } = store;
  const newest = await read
    .selectFrom("messages")
    .select(({ fn }) => fn.max("id").as("id"))
    .executeTakeFirst();
  const sealed = await read
    .selectFrom("checkpoints")
    .select(({ fn }) => [
      fn.sum<number | null>("size").as("size"),
      fn.countAll<number>().as("count"),
    ])
    .executeTakeFirst();
  const quarantined = await read
    .selectFrom("quarantine")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirst();
  const conflicts = await read
    .selectFrom("conflicts")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirst();
  const messages = newest?.id ?? 0;
  return {
    messages,
    unsealed: messages - (sealed?.size ?? 0),
    checkpoints: sealed?.count ?? 0,
    quarantined: quarantined?.count ?? 0,
    conflicts: conflicts?.count ?? 0,
  };
}

/** What waits for a checkpoint: how many, and since when the oldest. */
export type Unsealed = { readonly count: number; readonly oldestAtMs: number | undefined };

export async function unsealedMessages(store: Store): Promise<Unsealed> {
  const { messages, unsealed } = await storeCounts(store);
  if (messages === 0 || unsealed === 0) return { count: 0, oldestAtMs: undefined };
  const oldest = await store.read
    .selectFrom("messages")
    .select("received_at_ms")
    .where("checkpoint_index", "is", null)
    .orderBy("leaf_index")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return { count: unsealed, oldestAtMs: oldest?.received_at_ms };
}
