import Sqlite from "better-sqlite3";
import pg from "pg";

/** PostgreSQL's codes (SQLSTATE) for: met another transaction. */
const met = new Set(["40001", "40P01", "23505"]);

/** Whether a transaction failed because another came first, so that it may do better when it runs again. */
export function isTransient(error: unknown): boolean {
  return error instanceof pg.DatabaseError && met.has(error.code ?? "");
}

/** Whether a write failed because of what a message holds: then the others must not suffer for it. */
export function isAboutData(error: unknown): boolean {
  if (error instanceof Sqlite.SqliteError) {
    return /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(error.code);
  }
  // Classes 22 (data exception) and 23 (integrity constraint), raised by a trigger too.
  if (error instanceof pg.DatabaseError) return /^(22|23|54|P0001)/.test(error.code ?? "");
  return error instanceof TypeError || error instanceof RangeError;
}
