import type { Store } from "./open-store.ts";
import type { Database } from "./schema.ts";

const key = "adopt";

/**
 * Lets the store take over checkpoints of its log that were not built from it: its operator knows that it was restored
 * or begun anew, and that no other oracle seals for him. Ends when a checkpoint that is built from now on is final:
 * until then a transaction of the store that was lost may still take an index.
 */
export async function allowAdoption(db: Database, nowMs: number): Promise<void> {
  const value = String(nowMs);
  await db
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

async function allowedAtMs({ db }: Store): Promise<number | undefined> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row === undefined ? undefined : Number(row.value);
}

export async function mayAdopt(store: Store): Promise<boolean> {
  return (await allowedAtMs(store)) !== undefined;
}

/** Ends it if the checkpoint that became final was built since. */
export async function endAdoption(store: Store, builtAtMs: number): Promise<void> {
  const atMs = await allowedAtMs(store);
  if (atMs === undefined || builtAtMs < atMs) return;
  await store.write((db) => db.deleteFrom("meta").where("key", "=", key).execute());
}
