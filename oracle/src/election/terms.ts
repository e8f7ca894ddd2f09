import type { Store } from "../store/open-store.ts";

/** Who leads, as the store has it. */
export type ElectedLeader = { readonly term: number; readonly holder: string };

/** Begins a new term of a store that one process has for itself. @returns the term */
export async function raiseTerm(store: Store, holder: string, nowMs: number): Promise<number> {
  const { term } = await store.write((db) =>
    db
      .updateTable("leaders")
      .set(({ eb }) => ({ term: eb("term", "+", 1), holder, elected_at_ms: nowMs }))
      .where("id", "=", 1)
      .returning("term")
      .executeTakeFirstOrThrow(),
  );
  return term;
}

/** The newest term's leader; it may have ended meanwhile. */
export async function newestLeader(store: Store): Promise<ElectedLeader> {
  return store.read.selectFrom("leaders").select(["term", "holder"]).executeTakeFirstOrThrow();
}
