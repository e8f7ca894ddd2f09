import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import type {
  HttpNetworkConfig,
  NetworkConfig,
  ResolvedConfigurationVariable,
} from "hardhat/types/config";
import { deployerKeyVariable, type PublicNetwork, publicNetworks } from "../../deploy/networks.ts";
import { checkedChainId } from "../../oracle/src/chain/connect.ts";
import { jsonRpc } from "../../oracle/src/chain/json-rpc.ts";
import { type AccountKey, accountKey, loadAccountKey } from "../../oracle/src/chain/keys.ts";
import { isLocalChain } from "../../oracle/src/chain/local-chain.ts";
import { root } from "../bootstrap.mjs";
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

/** The project's networks, from whatever folder the script was started in. */
async function configuredNetworks(): Promise<Record<string, NetworkConfig>> {
  process.env.HARDHAT_CONFIG ??= join(root, "hardhat.config.ts");
  const { default: hre } = await import("hardhat");
  return hre.config.networks;
}

async function httpNetwork(name: string): Promise<HttpNetworkConfig> {
  const networks = await configuredNetworks();
  const config = networks[name];
  if (config?.type === "http") return config;
  const names = ["localhost", ...Object.keys(publicNetworks)].join(", ");
  const message = `There is no network ${name}; there are ${names}, and --rpc for any other.`;
  throw new FieldsealError("NETWORK_UNKNOWN", message, { network: name });
}

/**
 * From the environment, `.env` or the keystore; undefined if it is in none of them.
 * @throws KEY_MISSING if the keystore does not open
 */
async function resolvedValue(variable: ResolvedConfigurationVariable): Promise<string | undefined> {
  try {
    return await variable.get();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/Configuration Variable ".*" not found/.test(reason)) return undefined;
    throw new FieldsealError("KEY_MISSING", `Hardhat's keystore: ${reason}`, {}, { cause });
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
  const config = await httpNetwork(network);
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

/**
 * A chain that was started for this very run. Its node's first account pays: the keys in the user's environment
 * and `.env` are for other chains, and hold nothing here.
 * @throws CHAIN_UNREACHABLE
 */
export async function ownChainTarget(rpcUrl: string): Promise<Target> {
  const chainId = await checkedChainId(jsonRpc(rpcUrl), undefined);
  return {
    network: "localhost",
    rpcUrl,
    chainId,
    expectedChainId: undefined,
    currency: "ETH",
    local: true,
    key: accountKey(developmentKey(0), "The development key"),
  };
}
