import { FieldsealError, readingLogAbi } from "@fieldseal/sdk";
import { Contract, Wallet } from "ethers";
import { checkedChainId, quietProvider } from "../../oracle/src/chain/connect.ts";
import { estimateFees } from "../../oracle/src/chain/fees.ts";
import { jsonRpc } from "../../oracle/src/chain/json-rpc.ts";
import { accountKey, refuseTestKey } from "../../oracle/src/chain/keys.ts";
import { publicChainPolicy } from "../../oracle/src/chain/writer-policy.ts";

export type OpenLogOptions = {
  readonly rpcUrl: string;
  /** Private key of the log's owner, hex. */
  readonly signerKey: string;
  readonly readingLog: string;
  /** The committee's accounts, in any order. */
  readonly operators: readonly string[];
  readonly threshold: number;
  /** Whether its readings are for named auditors and for whom the chain's grants admit. */
  readonly restricted: boolean;
  /** How long messages of a rotated key are still taken, seconds of block time. */
  readonly graceSeconds?: number;
};

const hourSeconds = 3_600;
const { feeCapWei, tipFloorWei } = publicChainPolicy;

/**
 * Opens a log with its first committee and waits until it is mined.
 * @returns the log's id
 * @throws KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN, CHAIN_UNREACHABLE, DEPLOY_FAILED
 */
export async function openLog(options: OpenLogOptions): Promise<bigint> {
  const { rpcUrl, readingLog, threshold, restricted } = options;
  const rpc = jsonRpc(rpcUrl);
  const chainId = await checkedChainId(rpc, undefined);
  const key = accountKey(options.signerKey, "The log owner's key");
  refuseTestKey(key.address, chainId);
  const operators = options.operators.map((operator) => operator.toLowerCase()).sort();
  const grace = options.graceSeconds ?? hourSeconds;
  const provider = quietProvider(rpcUrl, chainId);
  try {
    const log = new Contract(readingLog, readingLogAbi, new Wallet(key.secret, provider));
    const { maxFeeWei, tipWei } = await estimateFees(rpc, feeCapWei, tipFloorWei);
    const fees =
      tipWei === undefined
        ? { gasPrice: maxFeeWei }
        : { maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
    const sent = await log.getFunction("open")(restricted, grace, operators, threshold, fees);
    const receipt = await sent.wait();
    for (const { topics, data } of receipt?.logs ?? []) {
      const event = log.interface.parseLog({ topics, data });
      if (event?.name === "LogOpened") return BigInt(event.args.logId);
    }
    throw new Error("the transaction left no LogOpened event");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FieldsealError("DEPLOY_FAILED", `The log was not opened: ${reason}`, {}, { cause });
  } finally {
    provider.destroy();
  }
}
