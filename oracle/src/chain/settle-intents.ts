import { hex } from "@fieldseal/sdk";
import { Transaction } from "ethers";
import { type Block, findBlock } from "./blocks.ts";
import { type Attempt, attemptsOf, type Intent, isFill, type Place } from "./intents.ts";
import type { Rpc } from "./json-rpc.ts";
import { leastCount } from "./nonces.ts";
import { askEverywhere } from "./on-one-endpoint.ts";
import { bigintOf, fieldOf, hexOf, numberOf } from "./quantities.ts";
import { moveOn, type WriterContext } from "./writer-context.ts";

/** A transaction of an account to itself without data: it takes a nonce and does nothing. */
export function doesNothing(raw: Uint8Array): boolean {
  const { from, to, data } = Transaction.from(hex(raw));
  return data === "0x" && from === to;
}

const isMined = (receipt: unknown): boolean =>
  (fieldOf(receipt, "blockNumber") ?? undefined) !== undefined;

type SettleContext = Pick<WriterContext, "store" | "rpc" | "key" | "policy" | "common">;

/** Finds out what the chain says of transactions that were sent. */
export class IntentSettler {
  readonly #context: SettleContext;
  readonly #onFinal: (receipt: unknown) => void;
  /** How often in a row an intent's nonce seemed to be lost. */
  readonly #seemLost = new Map<number, number>();

  constructor(context: SettleContext, onFinal: (receipt: unknown) => void) {
    this.#context = context;
    this.#onFinal = onFinal;
  }

  /** Looks where any of the attempts is now. */
  async settle(rpc: Rpc, intent: Intent, finalized: Block): Promise<void> {
    const attempts = await attemptsOf(this.#context.store.db, intent.id);
    for (const attempt of attempts) {
      const receipt = await rpc.request("eth_getTransactionReceipt", [attempt.hash]);
      if (!isMined(receipt)) continue;
      this.#seemLost.delete(intent.id);
      return this.#found(rpc, intent, attempt, receipt, finalized);
    }
    if (intent.state === "mined") return moveOn(this.#context, intent, { state: "pending" });
    if (intent.nonce !== null && (await this.#isLost(intent.id, intent.nonce, attempts))) {
      const used = "another transaction used the nonce";
      await moveOn(
        this.#context,
        intent,
        isFill(intent) ? { state: "failed", error: used } : { state: "new" },
      );
    }
  }

  /**
   * Only a final count proves that none of the attempts can ever be mined, and to sign anew on a false one could do
   * things twice: every endpoint must say so, look after look, and none may know any of the attempts.
   */
  async #isLost(id: number, nonce: number, attempts: readonly Attempt[]): Promise<boolean> {
    const { rpc, key, policy } = this.#context;
    const looks = (this.#seemLost.get(id) ?? 0) + 1;
    this.#seemLost.delete(id);
    if ((await leastCount(rpc, key.address, "finalized")) <= nonce) return false;
    for (const { hash } of attempts) {
      const receipts = await askEverywhere(rpc, "eth_getTransactionReceipt", [hash]);
      if (receipts.some(isMined)) return false;
    }
    if (looks >= policy.lostLooks) return true;
    this.#seemLost.set(id, looks);
    return false;
  }

  async #found(
    rpc: Rpc,
    intent: Intent,
    attempt: Attempt,
    receipt: unknown,
    finalized: Block,
  ): Promise<void> {
    const block = numberOf(fieldOf(receipt, "blockNumber"));
    const blockHash = hexOf(fieldOf(receipt, "blockHash"));
    const place: Place = { hash: attempt.hash, block, blockHash };
    const isFinal = block <= finalized.number && (await isCanonical(rpc, place));
    if (!isFinal) {
      if (intent.state === "mined" && intent.block_hash === blockHash) return;
      return moveOn(this.#context, intent, { state: "mined", place });
    }
    this.#onFinal(receipt);
    const isCancelled = !isFill(intent) && doesNothing(attempt.raw);
    if (isCancelled || bigintOf(fieldOf(receipt, "status")) !== 1n) {
      const error = isCancelled ? (intent.error ?? "cancelled") : "reverted on chain";
      return moveOn(this.#context, intent, { state: "failed", error, place });
    }
    return moveOn(this.#context, intent, { state: "final", place });
  }
}

/** Guards against a receipt from another fork than the finalized block, as behind a load balancer. */
async function isCanonical(rpc: Rpc, { block, blockHash }: Place): Promise<boolean> {
  return (await findBlock(rpc, block))?.hash === blockHash;
}
