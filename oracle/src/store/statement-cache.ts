import type Sqlite from "better-sqlite3";
import type { SqliteDatabase, SqliteStatement } from "kysely";

const capacity = 512;
const caches = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>();

/** A statement of `sqlite`, prepared once; a busy one is prepared anew. */
function prepared(sqlite: Sqlite.Database, sql: string): Sqlite.Statement {
  const known = caches.get(sqlite) ?? new Map<string, Sqlite.Statement>();
  caches.set(sqlite, known);
  const statement = known.get(sql);
  if (statement !== undefined && !statement.busy) return statement;
  const fresh = sqlite.prepare(sql);
  const oldest = known.keys().next();
  if (known.size >= capacity && !oldest.done) known.delete(oldest.value);
  known.set(sql, fresh);
  return fresh;
}

/** The part of a database that Kysely uses, keeping the statements it prepared. */
export function cachedStatements(sqlite: Sqlite.Database): SqliteDatabase {
  return {
    close: () => sqlite.close(),
    prepare: (sql): SqliteStatement => prepared(sqlite, sql),
  };
}
