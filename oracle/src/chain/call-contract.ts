import { FieldsealError } from "@fieldseal/sdk";
import type { Interface, Result } from "ethers";
import type { Rpc } from "./json-rpc.ts";
import { hexOf, quantity } from "./quantities.ts";
import type { Hex } from "./types.ts";

/** Messages with which clients without revert data in their errors tell of a revert. */
const revertMessage = /revert|execution error|invalid opcode|out of gas/i;

/** Whether a client's error says that the call itself failed, as against the client. */
export function isRevert(error: unknown): error is FieldsealError {
  if (!(error instanceof FieldsealError) || error.code !== "CHAIN_RPC") return false;
  return error.details.rpcCode === 3 || revertMessage.test(error.message);
}

/** The contract's error behind a revert, such as `LogIndex(4, 5)`; the client's words if it is none of the ABI's. */
export function revertReason(error: FieldsealError, abi: Interface): string {
  const data = error.details.data;
  const parsed = typeof data === "string" && data.length >= 10 ? abi.parseError(data) : null;
  if (parsed === null) return error.message;
  return `${parsed.name}(${parsed.args.map(String).join(", ")})`;
}

/**
 * Calls a view.
 * @param block Block to ask at, the newest by default
 * @throws CONTRACT_REVERTED with the decoded reason, CHAIN_RPC, CHAIN_UNREACHABLE
 */
export async function callContract(
  rpc: Rpc,
  abi: Interface,
  to: Hex,
  name: string,
  args: readonly unknown[],
  block?: number,
): Promise<Result> {
  const data = abi.encodeFunctionData(name, args);
  const at = block === undefined ? "latest" : quantity(block);
  let answer: Hex;
  try {
    answer = hexOf(await rpc.request("eth_call", [{ to, data }, at]));
  } catch (error) {
    if (!isRevert(error)) throw error;
    const reason = revertReason(error, abi);
    const message = `${name} reverted: ${reason}.`;
    throw new FieldsealError("CONTRACT_REVERTED", message, { reason }, { cause: error });
  }
  if (answer === "0x") {
    const message = `${name} answered nothing: another contract is at ${to}.`;
    throw new FieldsealError("CONTRACT_REVERTED", message, { reason: "no answer" });
  }
  try {
    return abi.decodeFunctionResult(name, answer);
  } catch (cause) {
    const message = `${name} answered something else: another contract is at ${to}.`;
    throw new FieldsealError("CONTRACT_REVERTED", message, { reason: "no answer" }, { cause });
  }
}
