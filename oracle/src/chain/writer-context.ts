import type { Interface, Wallet } from "ethers";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import { type Intent, moveIntent, type Transition } from "./intents.ts";
import type { Rpc } from "./json-rpc.ts";
import type { AccountKey } from "./keys.ts";
import type { WriterPolicy } from "./writer-policy.ts";

export type WriterOptions = {
  readonly common: Common;
  /** From 0 up to 1; spreads what would be tried together. */
  readonly random: () => number;
  readonly store: Store;
  readonly rpc: Rpc;
  readonly chainId: bigint;
  /** Pays; the account should send nothing else while the writer works. */
  readonly key: AccountKey;
  readonly policy: WriterPolicy;
  /** Decodes the errors of the contracts called. */
  readonly abi: Interface;
};

/** What the parts of the writer share. */
export type WriterContext = WriterOptions & { readonly wallet: Wallet };

/** Elapsed time, for waits. */
export const elapsedOf = ({ common }: Pick<WriterContext, "common">): number =>
  common.clock.elapsedMs();

/** Wall time, for what is stored. */
export const nowOf = ({ common }: Pick<WriterContext, "common">): number => common.clock.nowMs();

/** Stores where an intent got to, and logs it. */
export async function moveOn(
  context: Pick<WriterContext, "store" | "common">,
  intent: Intent,
  next: Transition,
) {
  await context.store.write((db) => moveIntent(db, intent.id, next, nowOf(context)));
  const level = next.state === "failed" || next.state === "new" ? "warn" : "debug";
  const { purpose, nonce } = intent;
  context.common.metrics.transactionStates.inc({ state: next.state });
  context.common.log[level]({ purpose, nonce, ...next }, `transaction ${next.state}`);
}
