import { accessGrantsAbi, deviceRegistryAbi, FieldsealError, readingLogAbi } from "@fieldseal/sdk";
import { FetchRequest, getAddress, Interface, isAddress, JsonRpcProvider, Network } from "ethers";
import { findBlock } from "./blocks.ts";
import { callContract } from "./call-contract.ts";
import { jsonRpc, type Rpc } from "./json-rpc.ts";
import { isLocalChain } from "./local-chain.ts";
import { bigintOf, hexOf } from "./quantities.ts";
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
  close(): void;
};

export type ConnectOptions = {
  readonly rpcUrl: string;
  readonly registry: string;
  readonly grants: string;
  readonly log: string;
  readonly logId: bigint;
  /** Refuse any other chain. */
  readonly expectedChainId?: bigint;
  readonly timeoutMs?: number;
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
  const message = `The chain at ${rpc.place} has id ${chainId}, not ${expected}.`;
  throw new FieldsealError("CHAIN_WRONG_ID", message, {
    chainId: chainId.toString(),
    expected: expected.toString(),
  });
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

/**
 * Connects to the chain and checks that it holds the named contracts and log.
 * @throws CHAIN_URL, CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CHAIN_STATE_MISSING, CONTRACT_MISSING, LOG_UNKNOWN
 */
export async function connectChain(options: ConnectOptions): Promise<Chain> {
  const { rpcUrl, logId, timeoutMs = 20_000 } = options;
  const rpc = jsonRpc(rpcUrl, { timeoutMs });
  const chainId = await checkedChainId(rpc, options.expectedChainId);
  const registry = await contractAt(rpc, "DeviceRegistry", options.registry);
  const log = await contractAt(rpc, "ReadingLog", options.log);
  const grants = await contractAt(rpc, "AccessGrants", options.grants);
  const contracts = { registry, grants, log };
  await refuseOtherContracts(rpc, contracts, logId);
  await refuseForgetfulClient(rpc, registry);
  const genesis = await findBlock(rpc, 0);
  if (genesis === undefined) {
    throw new FieldsealError("CHAIN_RPC", `The chain at ${rpc.place} shows no genesis block.`);
  }
  const provider = quietProvider(rpcUrl, chainId, timeoutMs);
  return {
    rpc,
    provider,
    identity: { chainId, genesisHash: genesis.hash, ...contracts, logId },
    local: isLocalChain(chainId),
    close: () => provider.destroy(),
  };
}
