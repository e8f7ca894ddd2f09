import { FieldsealError } from "@fieldseal/sdk";
import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { firstSchema } from "./migrations/001-first.ts";
import { grantsSchema } from "./migrations/002-grants.ts";
import { queueSchema } from "./migrations/003-queue.ts";
import { postgresSchema } from "./migrations/003-queue-postgres.ts";
import { leadersSchema } from "./migrations/004-leaders.ts";
import type { Store } from "./open-store.ts";
import type { Schema } from "./schema.ts";

/** Forward only, applied in the order of their names. A released one is never changed. */
const migrations: Record<Store["engine"], Record<string, Migration>> = {
  sqlite: {
    "001-first": { up: firstSchema },
    "002-grants": { up: grantsSchema },
    "003-queue": { up: queueSchema },
    "004-leaders": { up: leadersSchema },
  },
  postgres: {
    "003-queue": { up: postgresSchema },
    "004-leaders": { up: leadersSchema },
  },
};

/**
 * Brings a store to the schema of this release.
 * @param schema PostgreSQL's schema, which holds the tables of one log
 * @throws DATA_SCHEMA if it was written by a newer release or a migration failed
 */
export async function migrate(
  db: Kysely<Schema>,
  engine: Store["engine"],
  schema?: string,
): Promise<void> {
  const provider = { getMigrations: async () => migrations[engine] };
  const where = schema === undefined ? {} : { migrationTableSchema: schema };
  const { error } = await new Migrator({ db, provider, ...where }).migrateToLatest();
  if (error !== undefined) {
    throw new FieldsealError(
      "DATA_SCHEMA",
      "The store cannot be brought to the schema of this release.",
      {},
      { cause: error },
    );
  }
}
