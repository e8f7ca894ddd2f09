import { FieldsealError } from "@fieldseal/sdk";
import { blockAt } from "./blocks.ts";
import type { Rpc } from "./json-rpc.ts";
import { bigintOf, fieldOf } from "./quantities.ts";

/** What a transaction offers for a unit of gas. `tipWei` is undefined on chains before EIP-1559. */
export type Fees = { readonly maxFeeWei: bigint; readonly tipWei: bigint | undefined };

/** A replacement must raise both fees by 12.5 %: the strictest of the clients' rules. */
const bumpNumerator = 1125n;
const bumpDenominator = 1000n;
const historyBlocks = "0x5";
const medianPercentile = [50];

const max = (a: bigint, b: bigint) => (a > b ? a : b);
const min = (a: bigint, b: bigint) => (a < b ? a : b);
const raised = (fee: bigint) => (fee * bumpNumerator + bumpDenominator - 1n) / bumpDenominator;

/** The median of what blocks paid as tip, those that paid none left out; at least `floorWei`. */
export function tipFrom(rewards: readonly bigint[], floorWei: bigint): bigint {
  const paid = rewards.filter((reward) => reward > 0n).sort((a, b) => (a < b ? -1 : 1));
  return max(paid[Math.floor(paid.length / 2)] ?? 0n, floorWei);
}

/** Room for the base fee to double, capped. */
export function feesFor(baseFeeWei: bigint, tipWei: bigint, capWei: bigint): Fees {
  const maxFeeWei = min(2n * baseFeeWei + tipWei, capWei);
  return { maxFeeWei, tipWei: min(tipWei, maxFeeWei) };
}

/**
 * The fees of an attempt that replaces one with the same nonce: both at least 12.5 % up and no less
 * than the present estimate; undefined when that is over the cap.
 */
export function bumpFees(previous: Fees, estimate: Fees, capWei: bigint): Fees | undefined {
  const maxFeeWei = max(raised(previous.maxFeeWei), estimate.maxFeeWei);
  if (maxFeeWei > capWei) return undefined;
  if (previous.tipWei === undefined) return { maxFeeWei, tipWei: undefined };
  const tipWei = min(max(raised(previous.tipWei), estimate.tipWei ?? 0n), maxFeeWei);
  return { maxFeeWei, tipWei };
}

/** What recent blocks tell: tips paid, and the base fee of the next block where the client knows it. */
type FeeHistory = { readonly tips: readonly bigint[]; readonly nextBaseFeeWei: bigint };

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

async function feeHistory(rpc: Rpc): Promise<FeeHistory> {
  try {
    const params = [historyBlocks, "latest", medianPercentile];
    const history = await rpc.request("eth_feeHistory", params);
    const tips = listOf(fieldOf(history, "reward")).flatMap((row) => listOf(row).map(bigintOf));
    const next = listOf(fieldOf(history, "baseFeePerGas")).at(-1);
    return { tips, nextBaseFeeWei: next === undefined ? 0n : bigintOf(next) };
  } catch (error) {
    // A client without eth_feeHistory: the floor serves as tip.
    if (error instanceof FieldsealError && error.code === "CHAIN_RPC") {
      return { tips: [], nextBaseFeeWei: 0n };
    }
    throw error;
  }
}

/** What a unit of gas costs now. `tipWei` is undefined on chains before EIP-1559. */
type Price = { readonly baseFeeWei: bigint; readonly tipWei: bigint | undefined };

async function readPrice(rpc: Rpc, tipFloorWei: bigint): Promise<Price> {
  const { baseFeeWei } = await blockAt(rpc, "latest");
  if (baseFeeWei === undefined) {
    return { baseFeeWei: bigintOf(await rpc.request("eth_gasPrice")), tipWei: undefined };
  }
  const { tips, nextBaseFeeWei } = await feeHistory(rpc);
  return { baseFeeWei: max(baseFeeWei, nextBaseFeeWei), tipWei: tipFrom(tips, tipFloorWei) };
}

/** What a unit of gas costs now, without room for it to rise. */
export async function currentPrice(rpc: Rpc, tipFloorWei: bigint): Promise<bigint> {
  const { baseFeeWei, tipWei } = await readPrice(rpc, tipFloorWei);
  return baseFeeWei + (tipWei ?? 0n);
}

/**
 * Estimates fees from the last five blocks. Node-side suggestions are not used: they tip 1 gwei on
 * chains where a thousandth of it is plenty.
 * @param capWei Most that may be offered for a unit of gas
 * @param tipFloorWei Least tip
 */
export async function estimateFees(rpc: Rpc, capWei: bigint, tipFloorWei: bigint): Promise<Fees> {
  const { baseFeeWei, tipWei } = await readPrice(rpc, tipFloorWei);
  if (tipWei === undefined) return { maxFeeWei: min(baseFeeWei, capWei), tipWei };
  return feesFor(baseFeeWei, tipWei, capWei);
}
