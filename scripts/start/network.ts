import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import { z } from "zod";
import { findBlock } from "../../oracle/src/chain/blocks.ts";
import { jsonRpc, type Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { replaceFile } from "../../oracle/src/cli/files/write-file.ts";
import { deployFieldseal } from "../deploy/deploy-fieldseal.ts";
import { openLog } from "../deploy/open-log.ts";
import { probeChain } from "../deploy/probe.ts";
import type { Target } from "../deploy/target.ts";

const schema = z.object({
  chainId: z.string(),
  genesis: z.string(),
  rpc: z.string(),
  registry: z.string(),
  log: z.string(),
  logId: z.string(),
  deployBlock: z.number().int(),
  http: z.string().optional(),
  mqtt: z.string().optional(),
});

/** What clients of a running service must know; `network.json` of its data folder. */
export type NetworkFile = z.infer<typeof schema>;

export const networkFileOf = (folder: string): string => join(folder, "network.json");

export function writeNetworkFile(folder: string, network: NetworkFile): void {
  replaceFile(networkFileOf(folder), `${JSON.stringify(network, null, 2)}\n`);
}

async function genesisOf(rpc: Rpc): Promise<string> {
  return (await findBlock(rpc, 0))?.hash ?? "";
}

function readNetworkFile(folder: string): NetworkFile | undefined {
  const path = networkFileOf(folder);
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new FieldsealError("FILE_FORMAT", `${path} is no network file.`, {}, { cause });
  }
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
  const known = readNetworkFile(folder);
  if (known !== undefined) {
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
  writeNetworkFile(folder, network);
  return network;
}
