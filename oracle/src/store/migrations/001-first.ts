import { type Kysely, sql } from "kysely";

/** The first schema; columns are described in `../schema.ts`. */
export async function firstSchema(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table meta (key text primary key, value text not null)`,
  `create table messages (
    id integer primary key,
    device blob not null,
    key_index integer not null,
    sequence blob not null,
    root blob not null,
    batch_id integer not null,
    received_at_ms integer not null,
    first_time_ms integer not null,
    last_time_ms integer not null,
    accepted_block integer not null,
    valid_until_block integer,
    checkpoint_index integer,
    leaf_index integer,
    check ((checkpoint_index is null) = (leaf_index is null))
  )`,
  `create unique index messages_identity on messages (device, key_index, sequence)`,
  `create unique index messages_place on messages (checkpoint_index, leaf_index)`,
  `create index messages_time on messages (device, last_time_ms, first_time_ms)`,
  `create index messages_ending on messages (valid_until_block)
    where checkpoint_index is null and valid_until_block is not null`,
  `create table message_bodies (
    message_id integer primary key references messages (id),
    raw blob not null,
    signature blob not null,
    key_type integer not null
  )`,
  `create table readings (
    message_id integer not null references messages (id),
    record integer not null,
    time_ms integer not null,
    metric text not null,
    kind integer not null,
    value text not null,
    text text,
    primary key (message_id, record)
  ) without rowid`,
  `create table batches (
    id integer primary key,
    log_id text not null,
    epoch integer not null,
    root blob not null,
    size integer not null,
    stored_at_s integer not null,
    deadline_s integer not null,
    operator text not null,
    signature blob not null
  )`,
  `create index messages_batch on messages (batch_id)`,
  `create table conflicts (
    id integer primary key,
    device blob not null,
    key_index integer not null,
    sequence blob not null,
    root blob not null,
    raw blob not null,
    received_at_ms integer not null
  )`,
  `create unique index conflicts_content on conflicts (device, key_index, sequence, root)`,
  `create table quarantine (
    id integer primary key,
    code text not null,
    message text not null,
    raw blob not null,
    source text not null,
    client text not null,
    device blob,
    received_at_ms integer not null
  )`,
  `create table checkpoints (
    idx integer primary key,
    root blob not null,
    size integer not null,
    previous blob not null,
    epoch integer not null,
    judged_block integer not null,
    state text not null check (state in ('built', 'submitted', 'sealed', 'final')),
    built_at_ms integer not null,
    signature blob not null,
    sealed_at_s integer,
    signers integer,
    tx_hash text,
    block_number integer,
    receipts_sent integer not null default 0
  )`,
  `create table checkpoint_trees (
    checkpoint_index integer primary key references checkpoints (idx) on delete cascade,
    subtree_roots blob not null
  )`,
  `create table devices (
    device blob primary key,
    owner text not null,
    status text not null check (status in ('active', 'suspended', 'retired')),
    home text not null,
    pending_home text,
    pending_home_at_s integer,
    key_index integer not null,
    owner_epoch integer not null,
    enrolled_block integer not null,
    changed_block integer not null,
    changed_at_s integer not null
  )`,
  `create table device_keys (
    device blob not null,
    key_index integer not null,
    key_type integer not null,
    point blob not null,
    from_block integer not null,
    until_block integer,
    until_time_s integer,
    compromised integer not null default 0,
    primary key (device, key_index)
  )`,
  `create table followed (
    number integer primary key,
    hash text not null,
    time_s integer not null
  )`,
  `create table intents (
    id integer primary key,
    purpose text not null,
    sender text not null,
    to_address text not null,
    data blob not null,
    value_wei text not null default '0',
    gas_limit integer,
    nonce integer,
    state text not null check (state in ('new', 'pending', 'mined', 'final', 'failed')),
    error text,
    tx_hash text,
    block_number integer,
    block_hash text,
    created_at_ms integer not null,
    updated_at_ms integer not null
  )`,
  `create unique index intents_open on intents (purpose) where state <> 'failed'`,
  `create index intents_state on intents (state)`,
  `create table attempts (
    id integer primary key,
    intent_id integer not null references intents (id),
    hash text not null unique,
    raw blob not null,
    nonce integer not null,
    max_fee_wei text not null,
    priority_fee_wei text not null,
    created_at_ms integer not null,
    sent_at_ms integer
  )`,
  `create index attempts_intent on attempts (intent_id)`,
];
