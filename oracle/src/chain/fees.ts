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

async function recentTips(rpc: Rpc): Promise<bigint[]> {
  try {
    const history = await rpc.request("eth_feeHistory", [
      historyBlocks,
      "latest",
      medianPercentile,
    ]);
    const rows = fieldOf(history, "reward");
    return Array.isArray(rows) ? rows.flatMap((row: unknown[]) => row.map(bigintOf)) : [];
  } catch (error) {
    // A client without eth_feeHistory: the floor serves as tip.
    if (error instanceof FieldsealError && error.code === "CHAIN_RPC") return [];
    throw error;
  }
}

/**
 * Estimates fees from the last five blocks. Node-side suggestions are not used: they tip 1 gwei on
 * chains where a thousandth of it is plenty.
 * @param capWei Most that may be offered for a unit of gas
 * @param tipFloorWei Least tip
 */
export async function estimateFees(rpc: Rpc, capWei: bigint, tipFloorWei: bigint): Promise<Fees> {
  const { baseFeeWei } = await blockAt(rpc, "latest");
  if (baseFeeWei === undefined) {
    const price = bigintOf(await rpc.request("eth_gasPrice"));
    return { maxFeeWei: min(price, capWei), tipWei: undefined };
  }
  return feesFor(baseFeeWei, tipFrom(await recentTips(rpc), tipFloorWei), capWei);
}
