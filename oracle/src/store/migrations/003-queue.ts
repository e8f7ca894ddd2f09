import { type Kysely, sql } from "kysely";

/**
 * Messages become immutable: what changes about them goes to `unsealed`, `places` and `subtrees`, their signature moves
 * to them from their bodies, and readings are read from the bodies when they are asked for.
 */
export async function queueSchema(db: Kysely<unknown>): Promise<void> {
  await run(db, newTables);
  await fillQueue(db);
  await fillSubtrees(db);
  await run(db, exchange);
}

async function run(db: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const newTables = [
  `create table messages_new (
    id integer primary key,
    device blob not null,
    key_index integer not null,
    sequence blob not null,
    root blob not null,
    batch_id integer not null,
    received_at_ms integer not null,
    first_time_ms integer not null,
    last_time_ms integer not null,
    key_type integer,
    signature blob
  )`,
  `insert into messages_new
    select id, device, key_index, sequence, root, batch_id, received_at_ms, first_time_ms, last_time_ms,
      key_type, signature
    from messages left join message_bodies on message_id = id order by id`,
  `create table message_bodies_new (message_id integer primary key, raw blob not null)`,
  `insert into message_bodies_new select message_id, raw from message_bodies order by message_id`,
  `create table unsealed (
    message_id integer primary key,
    leaf blob not null,
    accepted_block integer not null,
    valid_until_block integer
  )`,
  `create table places (
    message_id integer primary key,
    checkpoint_index integer not null,
    leaf_index integer not null
  )`,
  `insert into places select id, checkpoint_index, leaf_index from messages
    where checkpoint_index is not null order by id`,
  `create table subtrees (
    checkpoint_index integer not null,
    number integer not null,
    message_ids blob not null,
    leaves blob not null,
    primary key (checkpoint_index, number)
  )`,
];

const exchange = [
  `drop table readings`,
  `drop table message_bodies`,
  `drop table messages`,
  `alter table message_bodies_new rename to message_bodies`,
  `alter table messages_new rename to messages`,
  `create unique index messages_identity on messages (device, key_index, sequence)`,
  `create index messages_time on messages (device, last_time_ms, first_time_ms)`,
  `create index messages_batch on messages (batch_id)`,
  `create index unsealed_ending on unsealed (valid_until_block) where valid_until_block is not null`,
  `create index checkpoints_open on checkpoints (idx) where receipts_sent = 0`,
];

type OldMessage = {
  id: number;
  device: Uint8Array;
  key_index: number;
  sequence: Uint8Array;
  root: Uint8Array;
};

function leafOf({ device, key_index, sequence, root }: OldMessage): Buffer {
  const index = Buffer.allocUnsafe(4);
  index.writeUInt32BE(key_index);
  return Buffer.concat([device, index, sequence, root]);
}

const page = 1000;

async function fillQueue(db: Kysely<unknown>): Promise<void> {
  for (let last = 0; ; ) {
    const { rows } = await sql<
      OldMessage & { accepted_block: number; valid_until_block: number | null }
    >`select id, device, key_index, sequence, root, accepted_block, valid_until_block from messages
      where checkpoint_index is null and leaf_index is null and id > ${last}
      order by id limit ${page}`.execute(db);
    for (const row of rows) {
      await sql`insert into unsealed values
        (${row.id}, ${leafOf(row)}, ${row.accepted_block}, ${row.valid_until_block})`.execute(db);
      last = row.id;
    }
    if (rows.length < page) return;
  }
}

/** Leaves of one row, for ever: paths are cut at this size. */
const subtreeSize = 256;

async function fillSubtrees(db: Kysely<unknown>): Promise<void> {
  const checkpoints = await sql<{ idx: number }>`select idx from checkpoints order by idx`.execute(
    db,
  );
  for (const { idx } of checkpoints.rows) {
    for (let number = 0; ; number++) {
      const { rows } = await sql<OldMessage>`
        select id, device, key_index, sequence, root from messages
        where checkpoint_index = ${idx} and leaf_index >= ${number * subtreeSize}
        and leaf_index < ${(number + 1) * subtreeSize} order by leaf_index`.execute(db);
      if (rows.length === 0) break;
      const ids = Buffer.alloc(8 * rows.length);
      for (const [at, { id }] of rows.entries()) ids.writeBigUInt64BE(BigInt(id), 8 * at);
      const leaves = Buffer.concat(rows.map(leafOf));
      await sql`insert into subtrees values (${idx}, ${number}, ${ids}, ${leaves})`.execute(db);
      if (rows.length < subtreeSize) break;
    }
  }
}
