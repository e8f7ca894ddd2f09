import { FieldsealError } from "@fieldseal/sdk";
import type { Store } from "../store/open-store.ts";
import type { Database } from "../store/schema.ts";

/**
 * The store as the leader of one term writes it. Each transaction holds the term in place until it ends, so a process
 * that does not know yet that another one was elected does no harm. `db` reads only: no write goes past the term.
 * @param onLost Called when another term was found
 */
export function fencedStore(store: Store, term: number, onLost: () => void): Store {
  return {
    ...store,
    db: store.read,
    write: (work, lock) =>
      store.write(async (db) => {
        const present = await holdTerm(db, store.engine);
        if (present !== term) {
          onLost();
          throw new FieldsealError(
            "LEADERSHIP_LOST",
            `Another process leads since term ${present}; this one led in term ${term}.`,
            { term, present },
          );
        }
        return work(db);
      }, lock),
  };
}

/** The present term, which stands until the transaction ends. */
async function holdTerm(db: Database, engine: Store["engine"]): Promise<number> {
  const query = db.selectFrom("leaders").select("term");
  // SQLite has one writer at a time, and one process.
  const held = engine === "postgres" ? query.forShare() : query;
  const { term } = await held.executeTakeFirstOrThrow();
  return term;
}
