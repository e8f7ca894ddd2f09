import { FieldsealError, fromHex, hex } from "@fieldseal/sdk";
import { type Interface, Transaction, Wallet } from "ethers";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import { type Block, blockAt, findBlock } from "./blocks.ts";
import { isRevert, revertReason } from "./call-contract.ts";
import { bumpFees, estimateFees, type Fees } from "./fees.ts";
import {
  type Attempt,
  attemptsOf,
  findIntent,
  type Intent,
  insertIntent,
  markSent,
  moveIntent,
  openIntents,
  type Place,
  recordAttempt,
  replaceData,
  type Transition,
} from "./intents.ts";
import type { Rpc } from "./json-rpc.ts";
import type { AccountKey } from "./keys.ts";
import { bigintOf, fieldOf, hexOf, numberOf } from "./quantities.ts";
import { isClientError, outcomeOf } from "./send-outcome.ts";
import type { Hex, Submission } from "./types.ts";
import type { WriterPolicy } from "./writer-policy.ts";

export type WriterOptions = {
  readonly common: Common;
  readonly store: Store;
  readonly rpc: Rpc;
  readonly chainId: bigint;
  /** Pays; the account should send nothing else while the writer works. */
  readonly key: AccountKey;
  readonly policy: WriterPolicy;
  /** Decodes the errors of the contracts called. */
  readonly abi: Interface;
};

/** A call wanted on chain; `purpose` names it for ever. */
export type CallRequest = { readonly purpose: string; readonly to: Hex; readonly data: Uint8Array };

/**
 * Brings calls into final blocks.
 *
 * ```
 * new ──sign──► pending ──receipt──► mined ──finalized──► final
 *  │ ▲            │  ▲                 │ └──finalized, reverted──► failed
 *  │ └─nonce lost─┘  └──block vanished─┘
 *  └──dry run reverts──► failed
 * ```
 * Whatever was signed is stored before it is sent, and sent again unchanged after a restart; receipts of all attempts
 * of an intent are looked for at each step; replacements keep the nonce. So a call takes effect at most once.
 */
export class TransactionWriter {
  readonly #options: WriterOptions;
  readonly #wallet: Wallet;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#wallet = new Wallet(options.key.secret);
  }

  /**
   * Wants a call on chain; durable when it returns. Asking again for the same is nothing new.
   * @throws SUBMISSION_OPEN if a transaction with other calldata is under way for the purpose
   */
  async request({ purpose, to, data }: CallRequest): Promise<void> {
    const { store, key } = this.#options;
    await store.db.transaction().execute(async (db) => {
      const known = await findIntent(db, purpose);
      if (known === undefined || known.state === "failed") {
        await insertIntent(db, { purpose, sender: key.address, to, data }, this.#now());
      } else if (hex(known.data) === hex(data)) {
        return;
      } else if (known.state === "new") {
        await replaceData(db, known.id, data, this.#now());
      } else {
        const message = `Another transaction for ${purpose} is ${known.state}.`;
        throw new FieldsealError("SUBMISSION_OPEN", message, { purpose, state: known.state });
      }
    });
  }

  /** How far the last request for a purpose got. */
  async status(purpose: string): Promise<Submission> {
    const intent = await findIntent(this.#options.store.db, purpose);
    if (intent === undefined) return { state: "none" };
    if (intent.state === "failed") return { state: "refused", reason: intent.error ?? "unknown" };
    if (intent.state === "new") return { state: "waiting" };
    return { state: intent.state === "pending" ? "sent" : intent.state };
  }

  /** Looks at everything under way, then starts what waits. @returns delay to the next step, ms */
  async step(): Promise<number> {
    const { rpc, store, policy, key } = this.#options;
    const open = await openIntents(store.db, key.address);
    if (open.length === 0) return policy.idleMs;
    const finalized = await blockAt(rpc, "finalized");
    for (const intent of open) if (intent.state !== "new") await this.#settle(intent, finalized);
    const left = await openIntents(store.db, key.address);
    for (const intent of left) if (intent.state === "pending") await this.#push(intent);
    const next = left.find(({ state }) => state === "new");
    if (next !== undefined && !left.some(({ state }) => state === "pending")) {
      await this.#begin(next, left);
    }
    return policy.pollMs;
  }

  #now(): number {
    return this.#options.common.clock.nowMs();
  }

  async #move(intent: Intent, next: Transition): Promise<void> {
    const { store, common } = this.#options;
    await moveIntent(store.db, intent.id, next, this.#now());
    const level = next.state === "failed" || next.state === "new" ? "warn" : "debug";
    const { purpose, nonce } = intent;
    common.log[level]({ purpose, nonce, ...next }, `transaction ${next.state}`);
  }

  /** Looks where any of the attempts is now. */
  async #settle(intent: Intent, finalized: Block): Promise<void> {
    const { rpc, store, key } = this.#options;
    for (const { hash } of await attemptsOf(store.db, intent.id)) {
      const receipt = await rpc.request("eth_getTransactionReceipt", [hash]);
      const number = fieldOf(receipt, "blockNumber");
      if (number === undefined || number === null) continue;
      const block = numberOf(number);
      const place = { hash, block, blockHash: hexOf(fieldOf(receipt, "blockHash")) };
      const succeeded = bigintOf(fieldOf(receipt, "status")) === 1n;
      return this.#found(intent, place, succeeded, finalized);
    }
    if (intent.state === "mined") return this.#move(intent, { state: "pending" });
    const count = await rpc.request("eth_getTransactionCount", [key.address, "finalized"]);
    // Only a final count proves that none of the attempts can ever be mined.
    if (intent.nonce !== null && numberOf(count) > intent.nonce) {
      await this.#move(intent, { state: "new" });
    }
  }

  async #found(intent: Intent, place: Place, succeeded: boolean, finalized: Block): Promise<void> {
    const final = place.block <= finalized.number && (await this.#isCanonical(place));
    if (!final) {
      if (intent.block_hash !== place.blockHash)
        await this.#move(intent, { state: "mined", place });
    } else if (succeeded) {
      await this.#move(intent, { state: "final", place });
    } else {
      await this.#move(intent, { state: "failed", error: "reverted on chain", place });
    }
  }

  /** Guards against a receipt from another fork than the finalized block, as behind a load balancer. */
  async #isCanonical({ block, blockHash }: Place): Promise<boolean> {
    return (await findBlock(this.#options.rpc, block))?.hash === blockHash;
  }

  /** Sends a pending transaction again if the client forgot it, or a dearer one if it waits too long. */
  async #push(intent: Intent): Promise<void> {
    const { rpc, store, policy } = this.#options;
    const attempts = await attemptsOf(store.db, intent.id);
    const own = attempts.filter(({ nonce }) => nonce === intent.nonce);
    const last = own.at(-1);
    if (last === undefined) return this.#move(intent, { state: "new" });
    const known = await rpc.request("eth_getTransactionByHash", [last.hash]);
    if (known === null || known === undefined) await this.#broadcast(intent, last);
    if (this.#now() - last.created_at_ms >= policy.bumpAfterMs) {
      await this.#replace(intent, last, own.length);
    }
  }

  async #replace(intent: Intent, last: Attempt, attempts: number): Promise<void> {
    const { rpc, policy, common } = this.#options;
    const signed = Transaction.from(hex(last.raw));
    const legacy = signed.type === 0;
    const previous: Fees = {
      maxFeeWei: BigInt(last.max_fee_wei),
      tipWei: legacy ? undefined : BigInt(last.priority_fee_wei),
    };
    const estimate = await estimateFees(rpc, policy.feeCapWei, policy.tipFloorWei);
    const fees = bumpFees(previous, estimate, policy.feeCapWei);
    if (fees === undefined || attempts >= policy.maxAttempts) {
      const { purpose, nonce } = intent;
      const facts = { code: "FEE_CAP", purpose, nonce, attempts, maxFeeWei: last.max_fee_wei };
      common.log.error(facts, "the transaction waits and its fee is not raised any more");
      return;
    }
    await this.#sign(intent, last.nonce, signed.gasLimit, fees);
  }

  /** Tries a waiting call without sending it, then signs and sends it. */
  async #begin(intent: Intent, open: readonly Intent[]): Promise<void> {
    const { rpc, policy, key, abi } = this.#options;
    const call = { from: key.address, to: intent.to_address, data: hex(intent.data) };
    let gas: bigint;
    try {
      gas = bigintOf(await rpc.request("eth_estimateGas", [call]));
    } catch (error) {
      if (!isRevert(error) || outcomeOf(error) === "funds") throw error;
      return this.#move(intent, { state: "failed", error: revertReason(error, abi) });
    }
    const count = await rpc.request("eth_getTransactionCount", [key.address, "latest"]);
    const taken = open.map(({ nonce }) => (nonce ?? -1) + 1);
    const nonce = Math.max(numberOf(count), ...taken);
    const fees = await estimateFees(rpc, policy.feeCapWei, policy.tipFloorWei);
    await this.#sign(intent, nonce, gas + (gas * policy.gasMarginPercent) / 100n, fees);
    await this.#observeBalance();
  }

  async #sign(intent: Intent, nonce: number, gasLimit: bigint, fees: Fees): Promise<void> {
    const { store, chainId } = this.#options;
    const { maxFeeWei, tipWei } = fees;
    const priced =
      tipWei === undefined
        ? { type: 0, gasPrice: maxFeeWei }
        : { type: 2, maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
    const raw = await this.#wallet.signTransaction({
      chainId,
      to: intent.to_address,
      data: hex(intent.data),
      nonce,
      gasLimit,
      ...priced,
    });
    const hash = hexOf(Transaction.from(raw).hash);
    const attempt = { hash, raw: fromHex(raw), nonce, gasLimit, maxFeeWei, tipWei };
    await recordAttempt(store, intent.id, attempt, this.#now());
    await this.#broadcast(intent, attempt);
  }

  async #broadcast(
    intent: Intent,
    attempt: Pick<Attempt, "hash" | "raw" | "nonce">,
  ): Promise<void> {
    const { rpc, store, common } = this.#options;
    const { hash, nonce } = attempt;
    const facts = { purpose: intent.purpose, nonce, hash };
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
    await markSent(store.db, hash, this.#now());
    common.metrics.transactionsSent.inc();
    common.log.debug(facts, "transaction sent");
  }

  async #observeBalance(): Promise<void> {
    const { rpc, key, common } = this.#options;
    const balance = bigintOf(await rpc.request("eth_getBalance", [key.address, "latest"]));
    common.metrics.operatorBalance.set(Number(balance) / 1e18);
  }
}
