import type { JsonRpcProvider } from "ethers";
import { checkedChainId, quietProvider } from "../../chain/connect.ts";
import { jsonRpc } from "../../chain/json-rpc.ts";

/**
 * Runs `work` with a provider of the chain behind `rpcUrl`.
 * @throws CHAIN_URL, CHAIN_UNREACHABLE
 */
export async function withProvider<Result>(
  rpcUrl: string,
  work: (provider: JsonRpcProvider) => Promise<Result>,
): Promise<Result> {
  const chainId = await checkedChainId(jsonRpc(rpcUrl), undefined);
  const provider = quietProvider(rpcUrl, chainId);
  try {
    return await work(provider);
  } finally {
    provider.destroy();
  }
}
