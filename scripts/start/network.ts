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
import { deployFieldseal } from "../deploy/deploy-fieldseal.ts";
import { openLog } from "../deploy/open-log.ts";
import { probeChain } from "../deploy/probe.ts";
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

async function deployAndOpen(folder: string, target: Target, rpc: Rpc) {
  const { rpcUrl, chainId, key, currency } = target;
  const probe = await probeChain({ rpc, deployer: key.address, currency });
  if (!probe.ok) {
    const reasons = probe.findings.filter(({ verdict }) => verdict === "refused");
    const list = reasons.map(({ check, result }) => `${check}: ${result}`).join("; ");
    throw new FieldsealError("PROBE_REFUSED", `The contracts cannot be deployed here: ${list}.`);
  }
  const deployment = await deployFieldseal({
    rpcUrl,
    signerKey: key.secret,
    folder: join(folder, "deployments"),
    p256Route: probe.p256Route,
    expectedChainId: chainId,
  });
  const logId = await openLog({
    rpcUrl,
    signerKey: key.secret,
    readingLog: deployment.readingLog.address,
    operators: [key.address],
    threshold: 1,
  });
  return { deployment, logId };
}

/**
 * The contracts and the log that a data folder belongs to; deployed and opened if the folder is new.
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
  const { deployment, logId } = await deployAndOpen(folder, target, rpc);
  const network = {
    chainId: target.chainId.toString(),
    genesis,
    rpc: target.rpcUrl,
    registry: deployment.deviceRegistry.address,
    log: deployment.readingLog.address,
    logId: logId.toString(),
    deployBlock: deployment.deployBlock,
  };
  writeNetworkFile(path, network);
  return network;
}
