import { FieldsealError, hex } from "@fieldseal/sdk";
import { isRevert, revertReason } from "./call-contract.ts";
import type { Intent } from "./intents.ts";
import type { Rpc } from "./json-rpc.ts";
import { bigintOf } from "./quantities.ts";
import { outcomeOf } from "./send-outcome.ts";
import type { Hex } from "./types.ts";
import type { WriterContext } from "./writer-context.ts";

/** What a call would do in the next block. */
export type DryRun =
  | { readonly gasLimit: bigint }
  /** The contract's error. */
  | { readonly reverts: string };

type Call = { readonly to: Hex; readonly data: Hex };

export const callOf = (intent: Intent): Call => ({
  to: intent.to_address,
  data: hex(intent.data),
});

/**
 * Tries a call without sending it.
 * @throws CHAIN_RPC, also when the account cannot pay; CHAIN_UNREACHABLE
 */
export async function dryRun(context: WriterContext, rpc: Rpc, call: Call): Promise<DryRun> {
  const { key, abi, policy } = context;
  let gas: bigint;
  try {
    // Some clients would otherwise try it on top of the transactions that wait, ours among them.
    gas = bigintOf(
      await rpc.request("eth_estimateGas", [{ from: key.address, ...call }, "latest"]),
    );
  } catch (error) {
    if (!isRevert(error) || outcomeOf(error) === "funds") throw error;
    return { reverts: revertReason(error, abi) };
  }
  if (gas > policy.gasCap) {
    const message = `The chain client at ${rpc.place} asks for ${gas} gas, more than a transaction may use.`;
    throw new FieldsealError("CHAIN_RPC", message, { gas: gas.toString() });
  }
  const margin = (gas * policy.gasMarginPercent) / 100n;
  return { gasLimit: gas + margin > policy.gasCap ? policy.gasCap : gas + margin };
}
