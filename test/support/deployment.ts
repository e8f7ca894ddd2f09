import { messageDomain } from "@fieldseal/sdk";
import { computeAddress, type JsonRpcProvider } from "ethers";
import { quietProvider } from "../../oracle/src/chain/connect.ts";
import { readSettings, type Settings } from "../../oracle/src/config/read-settings.ts";
import { deployFieldseal } from "../../scripts/deploy/deploy-fieldseal.ts";
import { openLog } from "../../scripts/deploy/open-log.ts";
import { type TestChain, testKey } from "./chain.ts";
import { type RegistryActions, registryActions } from "./registry-actions.ts";
import { temporaryFolder } from "./service.ts";

/** Seals and pays; sends nothing else. */
const operatorKey = testKey(1);

/** The contracts on a test's chain, with one log whose committee is one operator. */
export type TestDeployment = {
  readonly node: TestChain;
  readonly provider: JsonRpcProvider;
  readonly chainId: bigint;
  readonly registry: string;
  readonly accessGrants: string;
  readonly log: string;
  readonly logId: bigint;
  /** external_aad of every message. */
  readonly domain: Uint8Array;
  readonly operator: string;
  /** What the owner of account `index` does with devices; 2 and up. */
  owner(index: number): RegistryActions;
  /** The environment of an oracle of this log that takes free ports. */
  environment(dataFolder: string, more?: Record<string, string>): Record<string, string>;
  /** The same as settings. */
  settings(dataFolder: string, more?: Record<string, string>): Settings;
};

export type DeployOnOptions = { readonly graceSeconds?: number; readonly restricted?: boolean };

/** Deploys as `npm start` does, and opens log 1. */
export async function deployOn(
  node: TestChain,
  { graceSeconds = 600, restricted = false }: DeployOnOptions = {},
): Promise<TestDeployment> {
  const journal = temporaryFolder();
  try {
    const deployment = await deployFieldseal({
      rpcUrl: node.url,
      signerKey: testKey(0),
      folder: journal.path,
      p256Route: 0,
    });
    const { chainId, deployBlock } = deployment;
    const registry = deployment.deviceRegistry.address;
    const accessGrants = deployment.accessGrants.address;
    const log = deployment.readingLog.address;
    const operator = computeAddress(operatorKey).toLowerCase();
    const logId = await openLog({
      rpcUrl: node.url,
      signerKey: testKey(0),
      readingLog: log,
      operators: [operator],
      threshold: 1,
      restricted,
      graceSeconds,
    });
    const provider = quietProvider(node.url, chainId);
    const environment = (dataFolder: string, more: Record<string, string> = {}) => ({
      FIELDSEAL_DATA: dataFolder,
      FIELDSEAL_RPC: node.url,
      FIELDSEAL_REGISTRY: registry,
      FIELDSEAL_ACCESS_GRANTS: accessGrants,
      FIELDSEAL_LOG: log,
      FIELDSEAL_LOG_ID: logId.toString(),
      FIELDSEAL_DEPLOY_BLOCK: String(deployBlock),
      FIELDSEAL_OPERATOR_KEY: operatorKey,
      FIELDSEAL_HTTP_PORT: "0",
      FIELDSEAL_MQTT_PORT: "0",
      FIELDSEAL_SEAL_SECONDS: "1",
      FIELDSEAL_SEAL_MESSAGES: "4",
      FIELDSEAL_LOG_LEVEL: "error",
      ...more,
    });
    return {
      node,
      provider,
      chainId,
      registry,
      accessGrants,
      log,
      logId,
      domain: messageDomain(chainId, registry),
      operator,
      owner: (index) => registryActions(provider, chainId, registry, testKey(index)),
      environment,
      settings: (dataFolder, more) => readSettings(environment(dataFolder, more)),
    };
  } finally {
    journal.remove();
  }
}
