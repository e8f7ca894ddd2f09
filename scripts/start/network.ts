import { existsSync } from "node:fs";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { findBlock } from "../../oracle/src/chain/blocks.ts";
import { jsonRpc, type Rpc } from "../../oracle/src/chain/json-rpc.ts";
import {
  type NetworkFile,
  readNetworkFile,
  writeNetworkFile,
} from "../../oracle/src/cli/network/network-file.ts";
import { publicAddressBook, readAddressBook } from "../deploy/address-book.ts";
import { deployFieldseal } from "../deploy/deploy-fieldseal.ts";
import { openLog } from "../deploy/open-log.ts";
import { probeChain, probeRefusal } from "../deploy/probe.ts";
import type { Target } from "../deploy/target.ts";

export const networkFileOf = (folder: string): string => join(folder, "network.json");

async function genesisOf(rpc: Rpc): Promise<string> {
  return (await findBlock(rpc, 0))?.hash ?? "";
}

function refuseOtherChain(folder: string, known: NetworkFile, target: Target, genesis: string) {
  const chainId = target.chainId.toString();
  if (known.chainId === chainId && known.genesis === genesis) return;
  const chain = known.chainId === chainId ? "an earlier chain of the same id" : "another chain";
  throw new FieldsealError(
    "DATA_CHAIN_MISMATCH",
    `${folder} holds the data of ${chain} (id ${known.chainId}, genesis ${known.genesis}); the chain at hand has id ${chainId}, genesis ${genesis}.`,
    { folder, chainId, genesis, known: { chainId: known.chainId, genesis: known.genesis } },
  );
}

type Contracts = Pick<NetworkFile, "registry" | "accessGrants" | "log" | "deployBlock">;

/** The contracts that `npm run deploy` entered in the address book for this chain. */
function deployedBefore({ chainId, local }: Target): Contracts | undefined {
  if (local) return undefined;
  const book = readAddressBook(publicAddressBook)[String(chainId)] ?? {};
  const { DeviceRegistry: registry, AccessGrants: grants, ReadingLog: log } = book;
  if (registry === undefined || grants === undefined || log === undefined) return undefined;
  return {
    registry: registry.address,
    accessGrants: grants.address,
    log: log.address,
    deployBlock: Math.min(registry.block, grants.block, log.block),
  };
}

async function deployNow(folder: string, target: Target, rpc: Rpc): Promise<Contracts> {
  const { rpcUrl, chainId, key, currency } = target;
  const probe = await probeChain({ rpc, deployer: key.address, currency });
  if (!probe.ok) throw probeRefusal(probe);
  const deployment = await deployFieldseal({
    rpcUrl,
    signerKey: key.secret,
    folder: join(folder, "deployments"),
    p256Route: probe.p256Route,
    expectedChainId: chainId,
  });
  return {
    registry: deployment.deviceRegistry.address,
    accessGrants: deployment.accessGrants.address,
    log: deployment.readingLog.address,
    deployBlock: deployment.deployBlock,
  };
}

/**
 * The contracts and the log that a data folder belongs to. A new folder gets a new log, on the contracts of the
 * address book or on new ones.
 * @throws DATA_CHAIN_MISMATCH, FILE_FORMAT, PROBE_REFUSED, DEPLOY_FAILED
 */
export async function prepareNetwork(folder: string, target: Target): Promise<NetworkFile> {
  const rpc = jsonRpc(target.rpcUrl);
  const genesis = await genesisOf(rpc);
  const path = networkFileOf(folder);
  if (existsSync(path)) {
    const known = readNetworkFile(path);
    refuseOtherChain(folder, known, target, genesis);
    return { ...known, rpc: target.rpcUrl };
  }
  const contracts = deployedBefore(target) ?? (await deployNow(folder, target, rpc));
  const logId = await openLog({
    rpcUrl: target.rpcUrl,
    signerKey: target.key.secret,
    readingLog: contracts.log,
    operators: [target.key.address],
    threshold: 1,
    // What a development chain holds is for trying: its readings are open.
    restricted: !target.local,
  });
  const network = {
    chainId: target.chainId.toString(),
    genesis,
    rpc: target.rpcUrl,
    ...contracts,
    logId: logId.toString(),
  };
  writeNetworkFile(path, network);
  return network;
}
