import type Sqlite from "better-sqlite3";
import type { SqliteDatabase, SqliteStatement } from "kysely";

const capacity = 256;

/** The part of a database that Kysely uses, keeping the statements it prepared last. */
export function cachedStatements(sqlite: Sqlite.Database): SqliteDatabase {
  const statements = new Map<string, Sqlite.Statement>();
  return {
    close: () => sqlite.close(),
    prepare: (sql): SqliteStatement => {
      const known = statements.get(sql);
      if (known !== undefined && !known.busy) return known;
      const statement = sqlite.prepare(sql);
      const oldest = statements.keys().next();
      if (statements.size >= capacity && !oldest.done) statements.delete(oldest.value);
      statements.set(sql, statement);
      return statement;
    },
  };
}
