import { id, Wallet } from "ethers";
import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { isClientError } from "../../oracle/src/chain/send-outcome.ts";
import type { Finding } from "./finding.ts";

const missing = /method.{0,60}(?:not|unsupported)|unknown method|not (?:supported|implemented)/i;
const undecodable = /rlp|decod|unmarshal|pars(?:e|ing)|invalid (?:raw|hex|format)|malformed/i;

/** An account without funds, for a transaction that costs nothing and does nothing. */
const nobody = new Wallet(id("fieldseal/probe"));

/**
 * Whether the client takes Ethereum's transactions. VeChain's nodes have no eth_sendRawTransaction, and proxies before
 * them may expect VeChain's own format; an honest client complains of the account's missing funds.
 */
export async function probeTransactions(rpc: Rpc, chainId: bigint): Promise<Finding> {
  const check = "raw transactions";
  const raw = await nobody.signTransaction({
    type: 0,
    chainId,
    to: nobody.address,
    nonce: 0,
    gasLimit: 21_000,
    gasPrice: 1_000_000_000_000n,
  });
  try {
    await rpc.request("eth_sendRawTransaction", [raw]);
  } catch (error) {
    if (!isClientError(error)) throw error;
    const words = error.message.replace("eth_sendRawTransaction: ", "");
    if (error.details.rpcCode === -32601 || missing.test(words)) {
      return { check, result: "no eth_sendRawTransaction", verdict: "refused" };
    }
    if (undecodable.test(words)) {
      return { check, result: `not Ethereum's: ${words}`, verdict: "refused" };
    }
  }
  return { check, result: "taken", verdict: "ok" };
}
