import { FieldsealError } from "@fieldseal/sdk";
import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { firstSchema } from "./migrations/001-first.ts";
import { grantsSchema } from "./migrations/002-grants.ts";
import type { Schema } from "./schema.ts";

/** Forward only, applied in the order of their names. A released one is never changed. */
const migrations: Record<string, Migration> = {
  "001-first": { up: firstSchema },
  "002-grants": { up: grantsSchema },
};

/**
 * Brings a data folder to the schema of this release.
 * @throws DATA_SCHEMA if it was written by a newer release or a migration failed
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new FieldsealError(
      "DATA_SCHEMA",
      "The data folder cannot be brought to the schema of this release.",
      {},
      { cause: error },
    );
  }
}
