import type { Database } from "./schema.ts";

/** The finalized block up to which the registry was followed; undefined before the first. */
export async function followedBlock(db: Database): Promise<number | undefined> {
  const row = await db
    .selectFrom("followed")
    .select(({ fn }) => fn.max<number | null>("number").as("number"))
    .executeTakeFirst();
  return row?.number ?? undefined;
}
