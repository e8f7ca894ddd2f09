import type { Store } from "../store/open-store.ts";
import type { Rpc } from "./json-rpc.ts";
import { askEverywhere } from "./on-one-endpoint.ts";
import { numberOf } from "./quantities.ts";
import type { Hex } from "./types.ts";
import type { WriterContext } from "./writer-context.ts";

/** The least count of an account's transactions that any endpoint names. */
export async function leastCount(
  rpc: Rpc,
  account: Hex,
  tag: "latest" | "finalized",
): Promise<number> {
  const counts = await askEverywhere(rpc, "eth_getTransactionCount", [account, tag]);
  return Math.min(...counts.map(numberOf));
}

/** Nonces from `from` on for which anything was ever signed here. */
async function signedNonces(db: Store["db"], sender: Hex, from: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom("attempts")
    .innerJoin("intents", "intents.id", "attempts.intent_id")
    .select("attempts.nonce")
    .where("intents.sender", "=", sender)
    .where("attempts.nonce", ">=", from)
    .execute();
  return new Set(rows.map(({ nonce }) => nonce));
}

/**
 * The nonce for the next transaction: the first that nothing was signed for. The count at the newest block is a hint
 * only, and believed only near the final one: a gap that it causes is filled later.
 */
export async function nextNonce({ rpc, store, key, policy }: WriterContext): Promise<number> {
  const final = await leastCount(rpc, key.address, "finalized");
  const latest = await leastCount(rpc, key.address, "latest");
  const isNear = latest >= final && latest - final <= policy.maxGap;
  let nonce = isNear ? latest : final;
  const signed = await signedNonces(store.db, key.address, nonce);
  while (signed.has(nonce)) nonce += 1;
  return nonce;
}

/** Nonces below `nonce` that neither the chain has used nor anything was signed for: nothing is mined above them. */
export async function gapBelow(context: WriterContext, nonce: number): Promise<number[]> {
  const { rpc, store, key } = context;
  const from = await leastCount(rpc, key.address, "latest");
  if (from >= nonce) return [];
  const signed = await signedNonces(store.db, key.address, from);
  const gap: number[] = [];
  // One more than is ever filled tells that there are too many.
  for (let free = from; free < nonce && gap.length <= context.policy.maxGap; free++) {
    if (!signed.has(free)) gap.push(free);
  }
  return gap;
}
