import { fromHex, hex } from "@fieldseal/sdk";
import { Transaction } from "ethers";
import { Retries } from "../internal/retries.ts";
import type { Fees } from "./fees.ts";
import { type Attempt, type Intent, markSent, recordAttempt } from "./intents.ts";
import { hexOf } from "./quantities.ts";
import { isClientError, outcomeOf } from "./send-outcome.ts";
import type { Hex } from "./types.ts";
import { elapsedOf, nowOf, type WriterContext } from "./writer-context.ts";

export type Unsigned = {
  readonly to: Hex;
  readonly data: Hex;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly fees: Fees;
};

/** Signs, stores and sends: in this order, so that a crash anywhere in between loses nothing. */
export class AttemptSender {
  readonly #context: WriterContext;
  /** By intent. */
  readonly #retries: Retries<number>;
  /** When attempts were signed, in elapsed time; by intent, the newest attempt of each. */
  readonly #signed = new Map<number, { readonly hash: Hex; readonly atMs: number }>();

  constructor(context: WriterContext) {
    const { firstRetryMs, lastRetryMs } = context.policy;
    this.#context = context;
    this.#retries = new Retries({ firstMs: firstRetryMs, capMs: lastRetryMs }, context.random);
  }

  async sign(intent: Intent, unsigned: Unsigned): Promise<void> {
    const { store, chainId, wallet } = this.#context;
    const { fees, nonce, gasLimit, ...call } = unsigned;
    const { maxFeeWei, tipWei } = fees;
    const priced =
      tipWei === undefined
        ? { type: 0, gasPrice: maxFeeWei }
        : { type: 2, maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
    const raw = await wallet.signTransaction({ chainId, nonce, gasLimit, ...call, ...priced });
    const hash = hexOf(Transaction.from(raw).hash);
    const attempt = { hash, raw: fromHex(raw), nonce, gasLimit, maxFeeWei, tipWei };
    await recordAttempt(store, intent.id, attempt, nowOf(this.#context));
    await this.send(intent, attempt);
  }

  /** Whether it is time to send an intent's attempt again. */
  isDue({ id }: Intent): boolean {
    return this.#retries.isDue(id, elapsedOf(this.#context));
  }

  /** How long an intent's newest attempt has waited. The wall clock counts only for the time before a restart. */
  waitedMs({ id }: Intent, { hash, created_at_ms }: Attempt): number {
    const elapsedMs = elapsedOf(this.#context);
    const known = this.#signed.get(id);
    if (known?.hash === hash) return elapsedMs - known.atMs;
    const beforeMs = Math.max(0, nowOf(this.#context) - created_at_ms);
    this.#signed.set(id, { hash, atMs: elapsedMs - beforeMs });
    return beforeMs;
  }

  async send(intent: Intent, attempt: Pick<Attempt, "hash" | "raw" | "nonce">): Promise<void> {
    const { rpc, store, common } = this.#context;
    const { hash, nonce } = attempt;
    const facts = { purpose: intent.purpose, nonce, hash };
    this.#retries.note(intent.id, elapsedOf(this.#context));
    try {
      await rpc.request("eth_sendRawTransaction", [hex(attempt.raw)]);
    } catch (error) {
      if (!isClientError(error)) throw error;
      const outcome = outcomeOf(error);
      if (outcome === "funds") {
        const code = "FUNDS_MISSING";
        common.log.error({ ...facts, code, reason: error.message }, "the account cannot pay");
      } else if (outcome !== "known") {
        common.log.warn({ ...facts, outcome, reason: error.message }, "transaction not taken");
      }
      if (outcome !== "known") return;
    }
    await store.write((db) => markSent(db, hash, nowOf(this.#context)));
    common.metrics.transactionsSent.inc();
    common.log.debug(facts, "transaction sent");
  }

  /** Forgets what is under way no more. */
  keep(isPending: (intentId: number) => boolean): void {
    this.#retries.keep(isPending);
    for (const id of this.#signed.keys()) if (!isPending(id)) this.#signed.delete(id);
  }
}
