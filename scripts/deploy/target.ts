import { FieldsealError } from "@fieldseal/sdk";
import hre from "hardhat";
import type { HttpNetworkConfig, ResolvedConfigurationVariable } from "hardhat/types/config";
import { deployerKeyVariable, type PublicNetwork, publicNetworks } from "../../deploy/networks.ts";
import { checkedChainId } from "../../oracle/src/chain/connect.ts";
import { jsonRpc } from "../../oracle/src/chain/json-rpc.ts";
import { type AccountKey, loadAccountKey } from "../../oracle/src/chain/keys.ts";
import { isLocalChain } from "../../oracle/src/chain/local-chain.ts";
import { developmentKey } from "./development-key.ts";

/** Where a deployment goes and who pays. */
export type Target = {
  /** Name of the network in Hardhat's configuration. */
  readonly network: string;
  readonly rpcUrl: string;
  readonly chainId: bigint;
  readonly expectedChainId: bigint | undefined;
  readonly currency: string;
  readonly local: boolean;
  readonly key: AccountKey;
};

function httpNetwork(name: string): HttpNetworkConfig {
  const config = hre.config.networks[name];
  if (config?.type === "http") return config;
  const names = ["localhost", ...Object.keys(publicNetworks)].join(", ");
  const message = `There is no network ${name}; there are ${names}, and --rpc for any other.`;
  throw new FieldsealError("NETWORK_UNKNOWN", message, { network: name });
}

/** From the environment, `.env` or the keystore; undefined if it is in none of them. */
async function resolvedValue(variable: ResolvedConfigurationVariable): Promise<string | undefined> {
  try {
    return await variable.get();
  } catch {
    return undefined;
  }
}

async function deployerKey(config: HttpNetworkConfig, chainId: bigint): Promise<AccountKey> {
  const { accounts } = config;
  const [variable] = Array.isArray(accounts) ? accounts : [];
  const given =
    variable === undefined ? process.env[deployerKeyVariable] : await resolvedValue(variable);
  const fallback = isLocalChain(chainId) ? developmentKey(0) : undefined;
  const environment = { [deployerKeyVariable]: given ?? fallback };
  return loadAccountKey({ variable: deployerKeyVariable, environment }, chainId);
}

/**
 * Resolves `--network NAME` or `--rpc URL`. On a local chain without a key the node's first account pays.
 * @throws NETWORK_UNKNOWN, CHAIN_UNREACHABLE, CHAIN_WRONG_ID, KEY_MISSING, KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN
 */
export async function resolveTarget(network: string, rpc: string | undefined): Promise<Target> {
  const config = httpNetwork(network);
  const rpcUrl = rpc ?? (await config.url.getUrl());
  const expectedChainId = config.chainId === undefined ? undefined : BigInt(config.chainId);
  const chainId = await checkedChainId(jsonRpc(rpcUrl), expectedChainId);
  const known: Record<string, PublicNetwork> = publicNetworks;
  return {
    network,
    rpcUrl,
    chainId,
    expectedChainId,
    currency: known[network]?.currency ?? "ETH",
    local: isLocalChain(chainId),
    key: await deployerKey(config, chainId),
  };
}
