import { currentPrice } from "./fees.ts";
import type { Rpc } from "./json-rpc.ts";
import { bigintOf, fieldOf } from "./quantities.ts";
import { elapsedOf, type WriterContext } from "./writer-context.ts";

/** What the account that pays can still pay for. */
export type OperatorBalance = {
  readonly balanceWei: bigint;
  /** Of a checkpoint, at present fees. */
  readonly costWei: bigint;
  /** Checkpoints that the balance pays for. */
  readonly checkpoints: number;
  readonly isLow: boolean;
};

/** Of a checkpoint with one signature, until a receipt tells better. */
const usualGas = 120_000n;

const weiIn = (receipt: unknown, name: string): bigint => {
  const value = fieldOf(receipt, name);
  return value === undefined || value === null ? 0n : bigintOf(value);
};

type BalanceContext = Pick<WriterContext, "key" | "policy" | "common">;

/** Watches whether the account can pay for what comes. */
export class BalanceWatch {
  readonly #context: BalanceContext;
  #gas = usualGas;
  /** What an L2 took for the calldata on its L1. */
  #l1FeeWei = 0n;
  #lookAtMs = Number.NEGATIVE_INFINITY;
  #tellAtMs = Number.NEGATIVE_INFINITY;
  #seen: OperatorBalance | undefined;

  constructor(context: BalanceContext) {
    this.#context = context;
  }

  /** As last seen; undefined before the first look. */
  get seen(): OperatorBalance | undefined {
    return this.#seen;
  }

  /** Learns from a final transaction what the next will need. */
  learn(receipt: unknown): void {
    const gas = weiIn(receipt, "gasUsed");
    // What only takes a nonce says nothing about a checkpoint.
    if (gas > usualGas / 4n) this.#gas = gas;
    this.#l1FeeWei = weiIn(receipt, "l1Fee");
    this.#lookAtMs = Number.NEGATIVE_INFINITY;
  }

  async step(rpc: Rpc): Promise<void> {
    const { key, policy, common } = this.#context;
    if (elapsedOf(this.#context) < this.#lookAtMs) return;
    const balanceWei = bigintOf(await rpc.request("eth_getBalance", [key.address, "latest"]));
    const priceWei = await currentPrice(rpc, policy.tipFloorWei);
    this.#lookAtMs = elapsedOf(this.#context) + policy.balanceMs;
    const costWei = this.#gas * priceWei + this.#l1FeeWei;
    const checkpoints = costWei === 0n ? Number.MAX_SAFE_INTEGER : Number(balanceWei / costWei);
    const isLow = checkpoints < policy.lowBalanceCheckpoints;
    this.#seen = { balanceWei, costWei, checkpoints, isLow };
    const { operatorBalance, operatorBalanceLasts, checkpointCost } = common.metrics;
    operatorBalance.set(Number(balanceWei) / 1e18);
    checkpointCost.set(Number(costWei) / 1e18);
    operatorBalanceLasts.set(checkpoints * policy.secondsPerCheckpoint);
    this.#tell(this.#seen);
  }

  #tell({ isLow, checkpoints, balanceWei, costWei }: OperatorBalance): void {
    const { common, policy, key } = this.#context;
    const nowMs = elapsedOf(this.#context);
    if (!isLow) this.#tellAtMs = nowMs;
    if (!isLow || nowMs < this.#tellAtMs) return;
    this.#tellAtMs = nowMs + policy.remindMs;
    const facts = { account: key.address, checkpoints, balanceWei, costWei };
    common.log.warn(
      { code: "BALANCE_LOW", ...facts, balanceWei: String(balanceWei), costWei: String(costWei) },
      "the account's balance is low",
    );
  }
}
