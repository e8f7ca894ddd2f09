import { FieldsealError } from "@fieldseal/sdk";
import { type Interface, type Result, Wallet } from "ethers";
import { callContract, isRevert, revertReason } from "../../chain/call-contract.ts";
import { checkedChainId, quietProvider } from "../../chain/connect.ts";
import { estimateFees } from "../../chain/fees.ts";
import { jsonRpc, type Rpc } from "../../chain/json-rpc.ts";
import type { AccountKey } from "../../chain/keys.ts";
import { bigintOf, fieldOf, hexOf, numberOf } from "../../chain/quantities.ts";
import { answeringUrl } from "../../chain/rpc-urls.ts";
import type { Hex } from "../../chain/types.ts";

/** One of our contracts, as people know it. */
export type ContractKind = { readonly name: string; readonly abi: Interface };

/** A contract that the CLI reads from and sends to. */
export type ContractSession = {
  readonly kind: ContractKind;
  readonly rpc: Rpc;
  readonly rpcUrl: string;
  readonly chainId: bigint;
  readonly address: Hex;
  /** Time of the newest block, seconds since 1970. */
  blockTimeS(): Promise<bigint>;
  call(name: string, args: readonly unknown[]): Promise<Result>;
};

/** @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_RPC, CONTRACT_MISSING */
export async function openContract(
  kind: ContractKind,
  rpcList: string,
  contract: string,
): Promise<ContractSession> {
  const rpcUrl = await answeringUrl(rpcList);
  const rpc = jsonRpc(rpcUrl);
  const chainId = await checkedChainId(rpc, undefined);
  const address = hexOf(contract.toLowerCase());
  if (hexOf(await rpc.request("eth_getCode", [address, "latest"])) === "0x") {
    const message = `No contract at ${address} on chain ${chainId}.`;
    throw new FieldsealError("CONTRACT_MISSING", message);
  }
  return {
    kind,
    rpc,
    rpcUrl,
    chainId,
    address,
    async blockTimeS() {
      const block = await rpc.request("eth_getBlockByNumber", ["latest", false]);
      return bigintOf(fieldOf(block, "timestamp"));
    },
    call: (name, args) => callContract(rpc, kind.abi, address, name, args),
  };
}

/** What became of an action on chain. */
export type ActionReceipt = { readonly transaction: Hex; readonly block: number };

async function dryRun({ kind, rpc, address }: ContractSession, from: string, data: string) {
  try {
    return bigintOf(await rpc.request("eth_estimateGas", [{ from, to: address, data }]));
  } catch (error) {
    if (!isRevert(error)) throw error;
    const reason = revertReason(error, kind.abi);
    const message = `${kind.name} refuses: ${reason}.`;
    throw new FieldsealError("TRANSACTION_REVERTED", message, { reason });
  }
}

const pollMs = 250;
const feeCapWei = 500_000_000_000n;

async function waitForReceipt(rpc: Rpc, hash: Hex, timeoutMs: number): Promise<unknown> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
    const receipt = await rpc.request("eth_getTransactionReceipt", [hash]);
    if (receipt !== null) return receipt;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new FieldsealError(
    "TRANSACTION_PENDING",
    `Transaction ${hash} is sent but not in a block yet.`,
  );
}

/**
 * Sends an action of an account and waits until it is in a block. It is tried out first, so that what the contract
 * refuses costs nothing.
 * @throws TRANSACTION_REVERTED with the contract's reason, TRANSACTION_PENDING after five minutes
 */
export async function sendToContract(
  session: ContractSession,
  account: AccountKey,
  name: string,
  args: readonly unknown[],
): Promise<ActionReceipt> {
  const { kind, rpc, rpcUrl, chainId, address } = session;
  const data = kind.abi.encodeFunctionData(name, args);
  const gas = await dryRun(session, account.address, data);
  const { maxFeeWei, tipWei } = await estimateFees(rpc, feeCapWei, 1n);
  const provider = quietProvider(rpcUrl, chainId);
  try {
    const fees =
      tipWei === undefined
        ? { gasPrice: maxFeeWei }
        : { maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
    const wallet = new Wallet(account.secret, provider);
    const request = { to: address, data, gasLimit: (gas * 12n) / 10n, ...fees };
    const raw = await wallet.signTransaction(await wallet.populateTransaction(request));
    const hash = hexOf(await rpc.request("eth_sendRawTransaction", [raw]));
    const receipt = await waitForReceipt(rpc, hash, 300_000);
    if (numberOf(fieldOf(receipt, "status")) !== 1) {
      throw new FieldsealError("TRANSACTION_REVERTED", `Transaction ${hash} was reverted.`);
    }
    return { transaction: hash, block: numberOf(fieldOf(receipt, "blockNumber")) };
  } finally {
    provider.destroy();
  }
}
