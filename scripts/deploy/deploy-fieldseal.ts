import { join } from "node:path";
import { FieldsealError } from "@fieldseal/sdk";
import {
  type DeploymentResult,
  DeploymentResultType,
  deploy,
  type ExecutionEventListener,
} from "@nomicfoundation/ignition-core";
import fieldsealModule, { moduleName } from "../../deploy/modules/Fieldseal.ts";
import { checkedChainId } from "../../oracle/src/chain/connect.ts";
import { jsonRpc, type Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { accountKey, refuseTestKey } from "../../oracle/src/chain/keys.ts";
import { isLocalChain } from "../../oracle/src/chain/local-chain.ts";
import { hexOf } from "../../oracle/src/chain/quantities.ts";
import type { Hex } from "../../oracle/src/chain/types.ts";
import { artifactResolver } from "./artifacts.ts";
import { deploymentBlocks } from "./journal.ts";
import type { P256Route } from "./probe-p256.ts";
import { signingProvider } from "./signing-provider.ts";

/** A deployed contract. */
type DeployedContract = { readonly address: Hex; readonly block: number };

/** A deployment of Fieldseal. */
export type Deployment = {
  readonly chainId: bigint;
  readonly deployer: Hex;
  readonly p256Route: P256Route;
  readonly keyVerifiers: DeployedContract;
  readonly deviceRegistry: DeployedContract;
  readonly accessGrants: DeployedContract;
  readonly readingLog: DeployedContract;
  /** First block that can hold an event of the contracts. */
  readonly deployBlock: number;
};

export type DeployOptions = {
  readonly rpcUrl: string;
  /** Private key of the account that pays, hex. */
  readonly signerKey: string;
  /** Where Ignition keeps its journal, by chain: a deployment that stopped goes on from there. */
  readonly folder: string;
  /** How the chain checks P-256; see `probeChain`. */
  readonly p256Route: P256Route;
  readonly expectedChainId?: bigint;
  readonly listener?: ExecutionEventListener;
};

const localConfig = { requiredConfirmations: 1, blockPollingInterval: 25, retryInterval: 50 };

function failureOf(result: DeploymentResult): string | undefined {
  switch (result.type) {
    case DeploymentResultType.SUCCESSFUL_DEPLOYMENT:
      return undefined;
    case DeploymentResultType.EXECUTION_ERROR: {
      const failed = result.failed.map(({ futureId, error }) => `${futureId}: ${error}`);
      const waiting = result.timedOut.map(({ futureId }) => `${futureId}: not confirmed in time`);
      return [...failed, ...waiting].join("; ");
    }
    default:
      return Object.entries(result.errors)
        .map(([futureId, reasons]) => `${futureId}: ${reasons.join(", ")}`)
        .join("; ");
  }
}

async function deployedAt(rpc: Rpc, address: string, block: number): Promise<DeployedContract> {
  const code = await rpc.request("eth_getCode", [address, "latest"]);
  if (hexOf(code) === "0x") {
    const message = `The deployment folder tells of ${address}, where this chain has no contract: it is another chain's.`;
    throw new FieldsealError("DEPLOY_FAILED", message, { address });
  }
  return { address: hexOf(address), block };
}

/**
 * Deploys the contracts through Ignition, or finds them deployed. It does not probe: call `probeChain` before.
 * @throws KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN, CHAIN_UNREACHABLE, CHAIN_WRONG_ID, ARTIFACTS_MISSING, DEPLOY_FAILED
 */
export async function deployFieldseal(options: DeployOptions): Promise<Deployment> {
  const { rpcUrl, signerKey, folder, p256Route, expectedChainId, listener } = options;
  const rpc = jsonRpc(rpcUrl);
  const chainId = await checkedChainId(rpc, expectedChainId);
  const key = accountKey(signerKey, "The deployer's key");
  refuseTestKey(key.address, chainId);
  const deploymentDir = join(folder, `chain-${chainId}`);
  const result = await deploy({
    artifactResolver,
    provider: signingProvider(rpc, key, chainId),
    deploymentDir,
    ignitionModule: fieldsealModule,
    deploymentParameters: { [moduleName]: { p256Route } },
    accounts: [key.address],
    defaultSender: key.address,
    ...(isLocalChain(chainId) ? { config: localConfig } : {}),
    ...(listener === undefined ? {} : { executionEventListener: listener }),
  }).catch((cause: unknown) => {
    if (cause instanceof FieldsealError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FieldsealError("DEPLOY_FAILED", `The deployment stopped: ${reason}`, {}, { cause });
  });
  const failure = failureOf(result);
  if (failure !== undefined || result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new FieldsealError("DEPLOY_FAILED", `The deployment stopped: ${failure}.`, { folder });
  }
  const blocks = deploymentBlocks(deploymentDir);
  const contract = (name: string) => {
    const address = result.contracts[`${moduleName}#${name}`]?.address ?? "0x";
    return deployedAt(rpc, address, blocks.get(address.toLowerCase()) ?? 0);
  };
  const keyVerifiers = await contract("KeyVerifiers");
  const deviceRegistry = await contract("DeviceRegistry");
  const accessGrants = await contract("AccessGrants");
  const readingLog = await contract("ReadingLog");
  return {
    chainId,
    deployer: key.address,
    p256Route,
    keyVerifiers,
    deviceRegistry,
    accessGrants,
    readingLog,
    deployBlock: Math.min(deviceRegistry.block, accessGrants.block, readingLog.block),
  };
}
