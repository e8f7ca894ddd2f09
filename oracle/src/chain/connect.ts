import { accessGrantsAbi, deviceRegistryAbi, FieldsealError, readingLogAbi } from "@fieldseal/sdk";
import { FetchRequest, getAddress, Interface, isAddress, JsonRpcProvider, Network } from "ethers";
import type { Common } from "../internal/common.ts";
import { findBlock } from "./blocks.ts";
import { callContract } from "./call-contract.ts";
import { jsonRpc, type Rpc } from "./json-rpc.ts";
import { isLocalChain } from "./local-chain.ts";
import { bigintOf, hexOf } from "./quantities.ts";
import { wrongChain } from "./rpc-endpoint.ts";
import { localRpcPolicy, publicRpcPolicy, type RpcPolicy, RpcPool } from "./rpc-pool.ts";
import { rpcUrls } from "./rpc-urls.ts";
import { isClientError } from "./send-outcome.ts";
import type { ChainIdentity, Hex } from "./types.ts";

/** A chain with the contracts that this oracle serves, checked. */
export type Chain = {
  readonly rpc: Rpc;
  /** For callers that use ethers contracts; it neither batches nor polls by itself. */
  readonly provider: JsonRpcProvider;
  readonly identity: ChainIdentity;
  /** Whether it is a development node's chain. */
  readonly local: boolean;
  /** Looks at every endpoint. @returns delay to the next look, ms */
  watch(): Promise<number>;
  close(): void;
};

export type ConnectOptions = {
  readonly common: Common;
  /** From 0 up to 1; spreads what would come back together. */
  readonly random: () => number;
  /** Endpoints in order of preference, separated by commas. */
  readonly rpcUrl: string;
  readonly registry: string;
  readonly grants: string;
  readonly log: string;
  readonly logId: bigint;
  /** Refuse any other chain. */
  readonly expectedChainId?: bigint;
  readonly timeoutMs?: number;
  /** Ends every call to the chain, those under way and those to come. */
  readonly hangUp?: AbortSignal;
  /** What differs from the usual for the kind of chain. */
  readonly rpcPolicy?: Partial<RpcPolicy>;
};

/** An ethers provider on a known chain: no batches, no cache, no network detection of its own. */
export function quietProvider(
  rpcUrl: string,
  chainId: bigint,
  timeoutMs = 20_000,
): JsonRpcProvider {
  const request = new FetchRequest(rpcUrl);
  request.timeout = timeoutMs;
  const network = Network.from(chainId);
  return new JsonRpcProvider(request, network, {
    staticNetwork: network,
    batchMaxCount: 1,
    cacheTimeout: -1,
  });
}

/** The chain's id. @throws CHAIN_WRONG_ID if another one was expected */
export async function checkedChainId(rpc: Rpc, expected: bigint | undefined): Promise<bigint> {
  const chainId = bigintOf(await rpc.request("eth_chainId"));
  if (expected === undefined || chainId === expected) return chainId;
  throw wrongChain(rpc.place, chainId, expected);
}

async function contractAt(rpc: Rpc, name: string, address: string): Promise<Hex> {
  if (!isAddress(address)) {
    throw new FieldsealError("CONTRACT_MISSING", `${address} is no address of a ${name}.`, {
      name,
    });
  }
  const code = await rpc.request("eth_getCode", [getAddress(address), "latest"]);
  if (hexOf(code) !== "0x") return hexOf(address);
  const message = `No contract at ${address}, where the ${name} should be, on the chain at ${rpc.place}.`;
  throw new FieldsealError("CONTRACT_MISSING", message, { name, address });
}

type Contracts = Pick<ChainIdentity, "registry" | "grants" | "log">;

async function refuseOtherContracts(rpc: Rpc, contracts: Contracts, logId: bigint) {
  const { registry, grants, log } = contracts;
  const registryCalls = new Interface(deviceRegistryAbi);
  const logCalls = new Interface(readingLogAbi);
  try {
    await callContract(rpc, registryCalls, registry, "messageDomain", []);
    const [bound] = await callContract(rpc, logCalls, log, "registry", []);
    if (hexOf(bound) !== registry) {
      const reason = `the ReadingLog belongs to the DeviceRegistry ${hexOf(bound)}`;
      throw new FieldsealError("CONTRACT_REVERTED", reason, { reason });
    }
    const [granted] = await callContract(
      rpc,
      new Interface(accessGrantsAbi),
      grants,
      "registry",
      [],
    );
    if (hexOf(granted) !== registry) {
      const reason = `the AccessGrants belong to the DeviceRegistry ${hexOf(granted)}`;
      throw new FieldsealError("CONTRACT_REVERTED", reason, { reason });
    }
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== "CONTRACT_REVERTED") throw error;
    const { reason } = error.details;
    const message = `${registry}, ${grants} and ${log} are no DeviceRegistry with its AccessGrants and ReadingLog: ${reason}.`;
    throw new FieldsealError("CONTRACT_MISSING", message, contracts, { cause: error });
  }
  try {
    await callContract(rpc, logCalls, log, "log", [logId]);
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.code !== "CONTRACT_REVERTED") throw error;
    const message = `The ReadingLog at ${log} has no log ${logId}.`;
    throw new FieldsealError(
      "LOG_UNKNOWN",
      message,
      { log, logId: logId.toString() },
      { cause: error },
    );
  }
}

/** The follower reads devices as of the finalized block. */
async function refuseForgetfulClient(rpc: Rpc, registry: Hex): Promise<void> {
  try {
    await rpc.request("eth_getBalance", [registry, "finalized"]);
  } catch (error) {
    if (!isClientError(error)) throw error;
    const message = `The chain client at ${rpc.place} answers nothing at its finalized block.`;
    throw new FieldsealError("CHAIN_STATE_MISSING", message, {}, { cause: error });
  }
}

type Founding = Pick<ChainIdentity, "chainId" | "genesisHash">;

async function foundingOf(rpc: Rpc, expected: bigint | undefined): Promise<Founding> {
  const chainId = await checkedChainId(rpc, expected);
  const genesis = await findBlock(rpc, 0);
  if (genesis !== undefined) return { chainId, genesisHash: genesis.hash };
  throw new FieldsealError("CHAIN_RPC", `The chain at ${rpc.place} shows no genesis block.`);
}

/** The chain that all endpoints which answer agree on; those that do not answer may come later. */
async function agreedFounding(rpcs: readonly Rpc[], expected: bigint | undefined) {
  const settled = await Promise.allSettled(rpcs.map((rpc) => foundingOf(rpc, expected)));
  let agreed: (Founding & { readonly place: string }) | undefined;
  let failure: unknown;
  for (const [index, { place }] of rpcs.entries()) {
    const one = settled[index];
    if (one?.status === "rejected") {
      const { reason } = one;
      if (!(reason instanceof FieldsealError) || reason.code === "CHAIN_WRONG_ID") throw reason;
      failure ??= reason;
    } else if (one !== undefined) {
      const { chainId, genesisHash } = one.value;
      agreed ??= { chainId, genesisHash, place };
      if (chainId !== agreed.chainId) throw wrongChain(place, chainId, agreed.chainId);
      if (genesisHash !== agreed.genesisHash) throw otherGenesis(place, agreed.place, chainId);
    }
  }
  if (agreed === undefined) throw failure;
  return agreed;
}

function otherGenesis(place: string, first: string, chainId: bigint): FieldsealError {
  const message = `The chains at ${first} and at ${place} both have id ${chainId} and different first blocks.`;
  return new FieldsealError("CHAIN_WRONG_ID", message, { chainId: chainId.toString() });
}

/**
 * Connects to the chain and checks that it holds the named contracts and log.
 * @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CHAIN_STATE_MISSING, CONTRACT_MISSING, LOG_UNKNOWN
 */
export async function connectChain(options: ConnectOptions): Promise<Chain> {
  const { common, random, rpcUrl, logId, timeoutMs = 20_000 } = options;
  const urls = rpcUrls(rpcUrl);
  const rpcs = urls.map((url) => jsonRpc(url, { timeoutMs, hangUp: options.hangUp }));
  const { chainId, genesisHash } = await agreedFounding(rpcs, options.expectedChainId);
  const usual = isLocalChain(chainId) ? localRpcPolicy : publicRpcPolicy;
  const rpc = new RpcPool({ common, random, rpcs, policy: { ...usual, ...options.rpcPolicy } });
  rpc.expect({ chainId, genesisHash });
  await rpc.watch();
  const registry = await contractAt(rpc, "DeviceRegistry", options.registry);
  const log = await contractAt(rpc, "ReadingLog", options.log);
  const grants = await contractAt(rpc, "AccessGrants", options.grants);
  const contracts = { registry, grants, log };
  await refuseOtherContracts(rpc, contracts, logId);
  await refuseForgetfulClient(rpc, registry);
  const provider = quietProvider(urls[0] ?? rpcUrl, chainId, timeoutMs);
  return {
    rpc,
    provider,
    identity: { chainId, genesisHash, ...contracts, logId },
    local: isLocalChain(chainId),
    watch: () => rpc.watch(),
    close: () => provider.destroy(),
  };
}
