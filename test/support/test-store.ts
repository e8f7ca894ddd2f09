import { createHash } from "node:crypto";
import { pino } from "pino";
import { openStore, type Store } from "../../oracle/src/store/open-store.ts";

/**
 * A store for tests: SQLite in the folder, or where TEST_DATABASE names a PostgreSQL database, a schema of the
 * folder's own. So one suite runs on both; `test/system/store-postgres.test.ts` runs it on PostgreSQL.
 */
export function openTestStore(path: string): Promise<Store> {
  const log = pino({ level: "silent" });
  const database = process.env.TEST_DATABASE;
  if (database === undefined) return openStore({ path, log });
  const schema = `t_${createHash("sha256").update(path).digest("hex").slice(0, 24)}`;
  return openStore({ path, url: `${database}?schema=${schema}`, log });
}
