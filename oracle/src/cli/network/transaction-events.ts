import type { LogDescription } from "ethers";
import { fieldOf, hexOf } from "../../chain/quantities.ts";
import type { Hex } from "../../chain/types.ts";
import type { ContractSession } from "./contract-session.ts";

/** The contract's own events of a transaction that is in a block, in their order. */
export async function transactionEvents(
  { kind, rpc, address }: ContractSession,
  transaction: Hex,
): Promise<LogDescription[]> {
  const receipt = await rpc.request("eth_getTransactionReceipt", [transaction]);
  const logs = fieldOf(receipt, "logs");
  if (!Array.isArray(logs)) return [];
  return logs.flatMap((log: unknown) => {
    const topics = fieldOf(log, "topics");
    if (hexOf(fieldOf(log, "address")).toLowerCase() !== address) return [];
    const data = hexOf(fieldOf(log, "data"));
    const parsed = kind.abi.parseLog({
      topics: Array.isArray(topics) ? topics.map(hexOf) : [],
      data,
    });
    return parsed === null ? [] : [parsed];
  });
}
