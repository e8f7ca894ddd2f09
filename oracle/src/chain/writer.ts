import { FieldsealError, hex } from "@fieldseal/sdk";
import { Transaction, Wallet } from "ethers";
import { Retries } from "../internal/retries.ts";
import { AttemptSender } from "./attempt-sender.ts";
import { blockAt } from "./blocks.ts";
import { callOf, dryRun } from "./dry-run.ts";
import { bumpFees, currentPrice, estimateFees, type Fees } from "./fees.ts";
import {
  type Attempt,
  attemptsOf,
  fillPurpose,
  findIntent,
  type Intent,
  insertIntent,
  isFill,
  moveIntent,
  nonceOfFill,
  noteReason,
  openIntents,
  replaceData,
} from "./intents.ts";
import type { Rpc } from "./json-rpc.ts";
import { gapBelow, leastCount, nextNonce } from "./nonces.ts";
import { onOneEndpoint } from "./on-one-endpoint.ts";
import { BalanceWatch, type OperatorBalance } from "./operator-balance.ts";
import { bigintOf, fieldOf } from "./quantities.ts";
import { isClientError, outcomeOf } from "./send-outcome.ts";
import { doesNothing, IntentSettler } from "./settle-intents.ts";
import type { Hex, Submission } from "./types.ts";
import {
  elapsedOf,
  moveOn,
  nowOf,
  type WriterContext,
  type WriterOptions,
} from "./writer-context.ts";

/** A call wanted on chain; `purpose` names it for ever. */
export type CallRequest = { readonly purpose: string; readonly to: Hex; readonly data: Uint8Array };

/**
 * Brings calls into final blocks.
 *
 * ```
 * new ──sign──► pending ──receipt──► mined ──finalized──► final
 *  │ ▲            │  ▲                 │ └──finalized, reverted or cancelled──► failed
 *  │ └─nonce lost─┘  └──block vanished─┘
 *  └──dry run reverts──► failed
 * ```
 * Whatever was signed is stored before it is sent, and sent again unchanged after a restart; receipts of all attempts
 * of an intent are looked for at each step; replacements keep the nonce. So a call takes effect at most once.
 */
export class TransactionWriter {
  readonly #context: WriterContext;
  readonly #sender: AttemptSender;
  readonly #settler: IntentSettler;
  readonly #balance: BalanceWatch;
  /** Intents that could not be signed yet. */
  readonly #begins: Retries<number>;
  /** Troubles that were logged, by code and intent. */
  readonly #reminders: Retries<string>;

  constructor(options: WriterOptions) {
    const { policy, random, key } = options;
    this.#context = { ...options, wallet: new Wallet(key.secret) };
    this.#sender = new AttemptSender(this.#context);
    this.#balance = new BalanceWatch(this.#context);
    this.#settler = new IntentSettler(this.#context, (receipt) => this.#balance.learn(receipt));
    const backOff = { firstMs: policy.firstRetryMs, capMs: policy.lastRetryMs };
    this.#begins = new Retries(backOff, random);
    this.#reminders = new Retries({ firstMs: policy.remindMs, capMs: policy.remindMs }, () => 1);
  }

  /**
   * Wants a call on chain; durable when it returns. Asking again for the same is nothing new.
   * @throws SUBMISSION_OPEN if a transaction with other calldata is under way for the purpose
   */
  async request({ purpose, to, data }: CallRequest): Promise<void> {
    const { store, key } = this.#context;
    await store.write(async (db) => {
      const known = await findIntent(db, purpose);
      const isOver = known?.state === "failed";
      if (isOver && known.nonce === null && known.sender === key.address) {
        // Nothing was ever signed for it: asked for again and again, it stays one row.
        this.#begins.keep((id) => id !== known.id);
        await replaceData(db, known.id, data, nowOf(this.#context));
        await moveIntent(db, known.id, { state: "new" }, nowOf(this.#context));
      } else if (known === undefined || isOver) {
        await insertIntent(db, { purpose, sender: key.address, to, data }, nowOf(this.#context));
      } else if (hex(known.data) === hex(data)) {
        return;
      } else if (known.state === "new") {
        await replaceData(db, known.id, data, nowOf(this.#context));
      } else {
        const message = `Another transaction for ${purpose} is ${known.state}.`;
        throw new FieldsealError("SUBMISSION_OPEN", message, { purpose, state: known.state });
      }
    });
  }

  /** How far the last request for a purpose got. */
  async status(purpose: string): Promise<Submission> {
    const intent = await findIntent(this.#context.store.db, purpose);
    if (intent === undefined) return { state: "none" };
    if (intent.state === "failed") return { state: "refused", reason: intent.error ?? "unknown" };
    if (intent.state === "new") return { state: "waiting" };
    return { state: intent.state === "pending" ? "sent" : intent.state };
  }

  /** What the account can still pay for, as last seen. */
  balance(): OperatorBalance | undefined {
    return this.#balance.seen;
  }

  /** Looks at everything under way, then starts what waits. @returns delay to the next step, ms */
  async step(): Promise<number> {
    const { rpc, policy } = this.#context;
    const isBusy = (await this.#open()).length > 0;
    if (!isBusy) this.#reminders.keep(() => false);
    await onOneEndpoint(rpc, async (one) => {
      if (isBusy) await this.#advance(one);
      await this.#balance.step(one);
    });
    return isBusy ? policy.pollMs : policy.idleMs;
  }

  #open(): Promise<Intent[]> {
    const { store, key } = this.#context;
    return openIntents(store.db, key.address);
  }

  async #advance(rpc: Rpc): Promise<void> {
    const finalized = await blockAt(rpc, "finalized");
    for (const intent of await this.#open()) {
      if (intent.state !== "new") await this.#settler.settle(rpc, intent, finalized);
    }
    const left = await this.#open();
    this.#context.common.metrics.openTransactions.set(left.length);
    const pending = left.filter(({ state }) => state === "pending");
    let stuck = 0;
    for (const intent of pending) if (await this.#push(rpc, intent)) stuck += 1;
    this.#sender.keep((id) => pending.some((intent) => intent.id === id));
    const waiting = left.filter(({ state }) => state === "new");
    const fill = waiting.find(isFill);
    const next = fill ?? (pending.length === 0 ? waiting[0] : undefined);
    if (next !== undefined && (await this.#begin(rpc, next))) stuck += 1;
    this.#context.common.metrics.transactionsStuck.set(stuck);
    this.#begins.keep((id) => waiting.some((intent) => intent.id === id));
  }

  /**
   * Sends a pending transaction again if the client forgot it, or a dearer one if it waits too long.
   * @returns whether it waits and nothing more can be done
   */
  async #push(rpc: Rpc, intent: Intent): Promise<boolean> {
    const { store, policy } = this.#context;
    const attempts = await attemptsOf(store.db, intent.id);
    const own = attempts.filter(({ nonce }) => nonce === intent.nonce);
    const last = own.at(-1);
    if (last === undefined) {
      await moveOn(this.#context, intent, { state: "new" });
      return false;
    }
    const known = await rpc.request("eth_getTransactionByHash", [last.hash]);
    const isKnown = known !== null && known !== undefined;
    // It is in a block by now: the next step settles it.
    if (isKnown && (fieldOf(known, "blockNumber") ?? null) !== null) return false;
    const isOld = this.#sender.waitedMs(intent, last) >= policy.bumpAfterMs;
    const isForgotten = !isKnown && this.#sender.isDue(intent);
    if (!isOld && !isForgotten) return false;
    if (isOld) await this.#fillBelow(last.nonce);
    const isVoid = doesNothing(last.raw);
    // What others did meanwhile may have made the call useless: then it shall not cost what it would have cost.
    const trial = isVoid ? undefined : await dryRun(this.#context, rpc, callOf(intent));
    if (trial !== undefined && "reverts" in trial) {
      return this.#cancel(rpc, intent, last, trial.reverts);
    }
    if (isForgotten) await this.#sender.send(intent, last);
    if (!isOld) return false;
    const fees = await this.#raisedFees(rpc, last, own.length < policy.maxAttempts);
    if (fees === undefined) return this.#tellCapped(intent, last);
    await this.#replace(intent, last, fees, isVoid ? undefined : trial?.gasLimit);
    return false;
  }

  /**
   * Signs for the nonce of `last` anew.
   * @param gasLimit What the call needs now; undefined for a transaction that does nothing
   */
  #replace(intent: Intent, last: Attempt, fees: Fees, gasLimit: bigint | undefined): Promise<void> {
    const { common, key } = this.#context;
    const before = Transaction.from(hex(last.raw)).gasLimit;
    const { nonce } = last;
    const isCall = gasLimit !== undefined;
    common.metrics.transactionsReplaced.inc({ does: isCall ? "call" : "cancel" });
    const call = isCall ? callOf(intent) : ({ to: key.address, data: "0x" } as const);
    const enough = isCall && gasLimit > before ? gasLimit : before;
    return this.#sender.sign(intent, { ...call, nonce, gasLimit: enough, fees });
  }

  /**
   * Takes the nonce of a call that would revert by a transaction that does nothing, for a fraction of the gas.
   * @returns whether the cap forbids it
   */
  async #cancel(rpc: Rpc, intent: Intent, last: Attempt, reason: string): Promise<boolean> {
    const { store, common, key } = this.#context;
    const { purpose, nonce } = intent;
    const fees = await this.#raisedFees(rpc, last, true);
    if (fees === undefined) return this.#tellCapped(intent, last);
    const call = { to: key.address, data: "0x" } as const;
    const trial = await dryRun(this.#context, rpc, call);
    if ("reverts" in trial) return false;
    common.log.warn({ purpose, nonce, reason }, "the call would revert now: it is cancelled");
    common.metrics.transactionsReplaced.inc({ does: "cancel" });
    await store.write((db) => noteReason(db, intent.id, reason));
    const { gasLimit } = trial;
    await this.#sender.sign(intent, { ...call, nonce: last.nonce, gasLimit, fees });
    return false;
  }

  /** @param mayGuess Whether to offer more although present fees are no reason to */
  async #raisedFees(rpc: Rpc, last: Attempt, mayGuess: boolean): Promise<Fees | undefined> {
    const { policy } = this.#context;
    const isLegacy = Transaction.from(hex(last.raw)).type === 0;
    const previous: Fees = {
      maxFeeWei: BigInt(last.max_fee_wei),
      tipWei: isLegacy ? undefined : BigInt(last.priority_fee_wei),
    };
    const estimate = await estimateFees(rpc, policy.feeCapWei, policy.tipFloorWei);
    if (!mayGuess && estimate.maxFeeWei <= previous.maxFeeWei) return undefined;
    return bumpFees(previous, estimate, policy.feeCapWei);
  }

  /** Wants every nonce taken for which a transaction above waits. */
  async #fillBelow(nonce: number): Promise<void> {
    const { store, key, policy, common } = this.#context;
    const gap = await gapBelow(this.#context, nonce);
    if (gap.length > policy.maxGap) {
      const facts = { code: "NONCE_GAP", nonce, from: gap[0] };
      const text = "too many nonces are missing below a transaction";
      this.#remind(`NONCE_GAP ${nonce}`, () => common.log.error(facts, text));
      return;
    }
    for (const free of gap) {
      const purpose = fillPurpose(free);
      const known = await findIntent(store.db, purpose);
      if (known !== undefined && known.state !== "failed") continue;
      const nothing = { to: key.address, data: new Uint8Array() };
      const intent = { purpose, sender: key.address, ...nothing };
      await store.write((db) => insertIntent(db, intent, nowOf(this.#context)));
      common.log.warn({ nonce: free }, "a nonce is missing and will be filled");
    }
  }

  /**
   * Tries a waiting call without sending it, then signs and sends it if the account can pay.
   * @returns whether present fees forbid it
   */
  async #begin(rpc: Rpc, intent: Intent): Promise<boolean> {
    const { policy } = this.#context;
    if (!this.#begins.isDue(intent.id, elapsedOf(this.#context))) return false;
    this.#begins.note(intent.id, elapsedOf(this.#context));
    try {
      if ((await currentPrice(rpc, 0n)) > policy.feeCapWei) return this.#tellFeeCap(intent);
      const trial = await dryRun(this.#context, rpc, callOf(intent));
      if ("reverts" in trial) {
        await moveOn(this.#context, intent, { state: "failed", error: trial.reverts });
      } else {
        await this.#sign(rpc, intent, trial.gasLimit);
      }
    } catch (error) {
      if (!isClientError(error) || outcomeOf(error) !== "funds") throw error;
      this.#tellFunds(intent, error.message);
    }
    return false;
  }

  async #sign(rpc: Rpc, intent: Intent, gasLimit: bigint): Promise<void> {
    const { policy, key } = this.#context;
    const nonce = await this.#nonceFor(intent);
    if (nonce === undefined) return;
    const fees = await estimateFees(rpc, policy.feeCapWei, policy.tipFloorWei);
    const balance = bigintOf(await rpc.request("eth_getBalance", [key.address, "latest"]));
    const needed = gasLimit * fees.maxFeeWei;
    if (balance < needed) return this.#tellFunds(intent, `${balance} of ${needed} wei`);
    await this.#sender.sign(intent, { ...callOf(intent), nonce, gasLimit, fees });
  }

  /** The nonce to sign with; undefined if it has been used since a fill was wanted. */
  async #nonceFor(intent: Intent): Promise<number | undefined> {
    const { rpc, key } = this.#context;
    if (!isFill(intent)) return nextNonce(this.#context);
    const nonce = nonceOfFill(intent);
    if ((await leastCount(rpc, key.address, "latest")) <= nonce) return nonce;
    await moveOn(this.#context, intent, { state: "failed", error: "the nonce was used" });
    return undefined;
  }

  #tellFunds({ id, purpose }: Intent, reason: string): void {
    const { common, key } = this.#context;
    const facts = { code: "FUNDS_MISSING", purpose, account: key.address, reason };
    this.#remind(`FUNDS_MISSING ${id}`, () => common.log.error(facts, "the account cannot pay"));
  }

  /** @returns true: it is stuck */
  #tellCapped({ id, purpose, nonce }: Intent, last: Attempt): boolean {
    const { common } = this.#context;
    const facts = { code: "FEE_CAP", purpose, nonce, maxFeeWei: last.max_fee_wei };
    const text = "the transaction waits and its fee is not raised any more";
    this.#remind(`FEE_CAP ${id}`, () => common.log.error(facts, text));
    return true;
  }

  /** @returns true: it is stuck */
  #tellFeeCap({ id, purpose }: Intent): boolean {
    const { common, policy } = this.#context;
    const facts = { code: "FEE_CAP", purpose, capWei: policy.feeCapWei.toString() };
    const text = "present fees are over the cap: nothing is sent";
    this.#remind(`FEE_CAP ${id}`, () => common.log.error(facts, text));
    return true;
  }

  #remind(key: string, tell: () => void): void {
    if (!this.#reminders.isDue(key, elapsedOf(this.#context))) return;
    this.#reminders.note(key, elapsedOf(this.#context));
    tell();
  }
}
