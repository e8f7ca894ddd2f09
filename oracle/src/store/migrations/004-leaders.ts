import { type Kysely, sql } from "kysely";

/**
 * Several processes on one store: who leads, and with which followed block a row of the registry was written, so that
 * the others read what changed and nothing else. The same on both engines.
 */
export async function leadersSchema(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const followedTables = ["devices", "grants", "grant_revisions", "emergencies"];

const statements = [
  `create table leaders (
    id bigint primary key check (id = 1),
    term bigint not null,
    holder text not null,
    elected_at_ms bigint not null
  )`,
  `insert into leaders values (1, 0, '', 0)`,
  ...followedTables.flatMap((table) => [
    `alter table ${table} add column written_block bigint not null default 0`,
    `create index ${table}_written on ${table} (written_block)`,
  ]),
];
