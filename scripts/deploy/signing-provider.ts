import type { EIP1193Provider } from "@nomicfoundation/ignition-core";
import { type TransactionLike, Wallet } from "ethers";
import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import type { AccountKey } from "../../oracle/src/chain/keys.ts";

type SentTransaction = {
  readonly to?: string;
  readonly data?: string;
  readonly value?: string;
  readonly gas: string;
  readonly nonce: string;
  readonly gasPrice?: string;
  readonly maxFeePerGas?: string;
  readonly maxPriorityFeePerGas?: string;
};

function transactionOf(sent: SentTransaction, chainId: bigint): TransactionLike {
  const { to, data = "0x", value = "0x0", gas, nonce, gasPrice } = sent;
  const fees =
    gasPrice !== undefined
      ? { type: 0, gasPrice }
      : {
          type: 2,
          maxFeePerGas: sent.maxFeePerGas ?? null,
          maxPriorityFeePerGas: sent.maxPriorityFeePerGas ?? null,
        };
  return { chainId, to: to ?? null, data, value, gasLimit: gas, nonce: Number(nonce), ...fees };
}

/** An EIP-1193 provider that signs the transactions of one account itself. */
export function signingProvider(rpc: Rpc, key: AccountKey, chainId: bigint): EIP1193Provider {
  const wallet = new Wallet(key.secret);
  return {
    async request({ method, params = [] }) {
      const list: readonly unknown[] = Array.isArray(params) ? params : [params];
      if (method === "eth_accounts") return [key.address];
      if (method !== "eth_sendTransaction") return rpc.request(method, list);
      const transaction = transactionOf(list[0] as SentTransaction, chainId);
      const raw = await wallet.signTransaction(transaction);
      return rpc.request("eth_sendRawTransaction", [raw]);
    },
  };
}
