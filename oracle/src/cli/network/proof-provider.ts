import type { JsonRpcProvider } from "ethers";
import { checkedChainId, quietProvider } from "../../chain/connect.ts";
import { jsonRpc } from "../../chain/json-rpc.ts";
import { answeringUrl } from "../../chain/rpc-urls.ts";

/**
 * Runs `work` with a provider of the chain behind the first URL of the list that answers.
 * @throws CHAIN_URL, CHAIN_UNREACHABLE
 */
export async function withProvider<Result>(
  rpcList: string,
  work: (provider: JsonRpcProvider) => Promise<Result>,
): Promise<Result> {
  const rpcUrl = await answeringUrl(rpcList);
  const chainId = await checkedChainId(jsonRpc(rpcUrl), undefined);
  const provider = quietProvider(rpcUrl, chainId);
  try {
    return await work(provider);
  } finally {
    provider.destroy();
  }
}
