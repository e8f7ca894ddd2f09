import { type Kysely, sql } from "kysely";

/** Access grants as of the followed block. The registry is read again from the start, for grants older than it. */
export async function grantsSchema(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table grants (
    subject text not null,
    grantor text not null,
    grantee text not null,
    permissions integer not null,
    from_s integer not null,
    until_s integer not null,
    revision integer not null,
    owner_epoch integer not null,
    generation integer not null,
    parent_generation integer not null,
    of_fleet integer not null,
    primary key (subject, grantor, grantee)
  ) without rowid`,
  `create table grant_revisions (
    subject text not null,
    grantor text not null,
    revision integer not null,
    primary key (subject, grantor)
  ) without rowid`,
  `create table emergencies (
    device text not null,
    responder text not null,
    grantor text not null,
    until_s integer not null,
    owner_epoch integer not null,
    generation integer not null,
    of_fleet integer not null,
    primary key (device, responder)
  ) without rowid`,
  `delete from followed`,
];
