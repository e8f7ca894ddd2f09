import { FieldsealError } from "@fieldseal/sdk";
import { isRevert } from "./call-contract.ts";
import type { Rpc } from "./json-rpc.ts";
import { outcomeOf } from "./send-outcome.ts";

/** Whether an error tells of the endpoint: not of the call, nor of the account that pays. */
function isOfEndpoint(error: FieldsealError): boolean {
  if (error.code === "CHAIN_HISTORY_CHANGED") return true;
  return error.code === "CHAIN_RPC" && !isRevert(error) && outcomeOf(error) !== "funds";
}

/**
 * Does work whose reads belong together with one endpoint, for two may be at different blocks. If the endpoint falls
 * or serves what cannot be worked with, the work is done again from the start with the next one.
 */
export async function onOneEndpoint<Result>(
  rpc: Rpc,
  work: (rpc: Rpc) => Promise<Result>,
): Promise<Result> {
  const { endpoints } = rpc;
  if (endpoints === undefined) return work(rpc);
  for (let left = endpoints.count; ; left--) {
    const one = endpoints.pin();
    try {
      return await work(one);
    } catch (error) {
      if (!(error instanceof FieldsealError) || left <= 1) throw error;
      const isGone = error.code === "CHAIN_UNREACHABLE";
      if (!isGone && !(isOfEndpoint(error) && one.distrust(error))) throw error;
    }
  }
}

/** What every endpoint in use answers. @throws CHAIN_UNREACHABLE if none does */
export async function askEverywhere(
  rpc: Rpc,
  method: string,
  params: readonly unknown[],
): Promise<unknown[]> {
  const answers = await rpc.endpoints?.everywhere(method, params);
  if (answers !== undefined && answers.length > 0) return answers;
  return [await rpc.request(method, params)];
}
