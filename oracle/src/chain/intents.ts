import type { Insertable, Selectable } from "kysely";
import type { Store } from "../store/open-store.ts";
import type { AttemptsTable, Database, IntentsTable } from "../store/schema.ts";
import type { Hex } from "./types.ts";

/** What is wanted on chain, as stored. */
export type Intent = Selectable<IntentsTable>;
/** A signed transaction, as stored. */
export type Attempt = Selectable<AttemptsTable>;
/** Where a transaction is in the chain. */
export type Place = { readonly hash: Hex; readonly block: number; readonly blockHash: Hex };

export type NewIntent = {
  readonly purpose: string;
  readonly sender: Hex;
  readonly to: Hex;
  readonly data: Uint8Array;
};

const fillPrefix = "fill:";

/** An intent that only takes a nonce, for the transactions above it. */
export const isFill = ({ purpose }: Pick<Intent, "purpose">): boolean =>
  purpose.startsWith(fillPrefix);

export const fillPurpose = (nonce: number): string => `${fillPrefix}${nonce}`;

/** The nonce that a fill is to take. */
export const nonceOfFill = ({ purpose }: Pick<Intent, "purpose">): number =>
  Number(purpose.slice(fillPrefix.length));

/** The youngest intent for a purpose. */
export function findIntent(db: Database, purpose: string): Promise<Intent | undefined> {
  return db
    .selectFrom("intents")
    .selectAll()
    .where("purpose", "=", purpose)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

export async function insertIntent(db: Database, intent: NewIntent, nowMs: number): Promise<void> {
  const row: Insertable<IntentsTable> = {
    purpose: intent.purpose,
    sender: intent.sender,
    to_address: intent.to,
    data: intent.data,
    value_wei: "0",
    gas_limit: null,
    nonce: null,
    state: "new",
    error: null,
    tx_hash: null,
    block_number: null,
    block_hash: null,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  };
  await db.insertInto("intents").values(row).execute();
}

/** Puts other calldata into an intent for which nothing was signed yet. */
export async function replaceData(db: Database, id: number, data: Uint8Array, nowMs: number) {
  const change = { data, updated_at_ms: nowMs };
  await db.updateTable("intents").set(change).where("id", "=", id).execute();
}

/** A sender's intents that are neither final nor failed, oldest first. */
export function openIntents(db: Database, sender: Hex): Promise<Intent[]> {
  return db
    .selectFrom("intents")
    .selectAll()
    .where("state", "in", ["new", "pending", "mined"])
    .where("sender", "=", sender)
    .orderBy("id")
    .execute();
}

/** Everything ever signed for an intent, oldest first. */
export function attemptsOf(db: Database, intentId: number): Promise<Attempt[]> {
  const all = db.selectFrom("attempts").selectAll();
  return all.where("intent_id", "=", intentId).orderBy("id").execute();
}

export type SignedAttempt = {
  readonly hash: Hex;
  readonly raw: Uint8Array;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly maxFeeWei: bigint;
  readonly tipWei: bigint | undefined;
};

/** Writes a signed transaction and makes its intent pending, in one transaction: it may be sent afterwards. */
export async function recordAttempt(
  store: Store,
  intentId: number,
  attempt: SignedAttempt,
  nowMs: number,
): Promise<void> {
  await store.write(async (transaction) => {
    const row: Insertable<AttemptsTable> = {
      intent_id: intentId,
      hash: attempt.hash,
      raw: attempt.raw,
      nonce: attempt.nonce,
      max_fee_wei: attempt.maxFeeWei.toString(),
      priority_fee_wei: (attempt.tipWei ?? attempt.maxFeeWei).toString(),
      created_at_ms: nowMs,
      sent_at_ms: null,
    };
    await transaction.insertInto("attempts").values(row).execute();
    const change = {
      state: "pending",
      nonce: attempt.nonce,
      gas_limit: Number(attempt.gasLimit),
      updated_at_ms: nowMs,
    } as const;
    await transaction.updateTable("intents").set(change).where("id", "=", intentId).execute();
  });
}

/** Notes why a call is not wanted any more, while its transaction is being cancelled. */
export async function noteReason(db: Database, id: number, error: string): Promise<void> {
  await db.updateTable("intents").set({ error }).where("id", "=", id).execute();
}

export async function markSent(db: Database, hash: Hex, nowMs: number): Promise<void> {
  const change = { sent_at_ms: nowMs };
  await db.updateTable("attempts").set(change).where("hash", "=", hash).execute();
}

/** What an intent comes to: its new state, with the place or the error that goes with it. */
export type Transition =
  | { readonly state: "mined" | "final"; readonly place: Place }
  | { readonly state: "failed"; readonly error: string; readonly place?: Place }
  /** `pending`: its block vanished. `new`: its nonce went to another transaction. */
  | { readonly state: "pending" | "new" };

export async function moveIntent(db: Database, id: number, next: Transition, nowMs: number) {
  const place = "place" in next ? next.place : undefined;
  const change = {
    state: next.state,
    tx_hash: place?.hash ?? null,
    block_number: place?.block ?? null,
    block_hash: place?.blockHash ?? null,
    updated_at_ms: nowMs,
    ...(next.state === "failed" ? { error: next.error } : {}),
    ...(next.state === "final" || next.state === "new" ? { error: null } : {}),
    ...(next.state === "new" ? { nonce: null } : {}),
  };
  await db.updateTable("intents").set(change).where("id", "=", id).execute();
}
