import { FieldsealError } from "@fieldseal/sdk";
import { jsonRpc } from "./json-rpc.ts";

/**
 * The URLs in a list separated by commas, in order of preference.
 * @throws CHAIN_URL for one that is no URL, or an empty list
 */
export function rpcUrls(list: string): string[] {
  const urls = list
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "");
  if (urls.length > 0) return urls;
  throw new FieldsealError("CHAIN_URL", "No URL of the chain is given.");
}

/**
 * The first of a list of URLs behind which a chain answers, for commands that run once.
 * @throws CHAIN_URL, CHAIN_UNREACHABLE if none does
 */
export async function answeringUrl(list: string, timeoutMs = 5_000): Promise<string> {
  const urls = rpcUrls(list);
  const [only] = urls;
  if (only !== undefined && urls.length === 1) return only;
  let failure: unknown;
  for (const url of urls) {
    try {
      await jsonRpc(url, { timeoutMs }).request("eth_chainId");
      return url;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
