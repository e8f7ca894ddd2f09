import { type DeviceLog, FieldsealError, fromHex, logDomain, messageDomain } from "@fieldseal/sdk";
import { checkedChainId } from "../../chain/connect.ts";
import { jsonRpc } from "../../chain/json-rpc.ts";
import { answeringUrl } from "../../chain/rpc-urls.ts";
import { fetchInfo, type ServiceInfo } from "./fetch-service.ts";
import type { Network } from "./resolve-network.ts";

/** What a device must know of where its messages go. */
export type Deployment = {
  /** external_aad of its messages. */
  readonly domain: Uint8Array;
  readonly authority: string;
  readonly topicPrefix: string;
  /** The service that exchanges login tokens for the broker's passwords, if this broker needs them. */
  readonly exchange?: string;
  /** Whose receipts count; undefined if neither the service nor the options name the committee. */
  readonly log: DeviceLog | undefined;
};

export type DeploymentOptions = {
  readonly operator?: readonly string[];
  readonly authority?: string;
  readonly topicPrefix?: string;
};

function refuseOther(network: Network, info: ServiceInfo): void {
  for (const name of ["registry", "log", "logId"] as const) {
    const wanted = network.get(name);
    if (wanted === undefined || wanted.toLowerCase() === info[name].toLowerCase()) continue;
    const message = `The service serves ${name} ${info[name]}, not ${wanted}.`;
    throw new FieldsealError("SERVICE_MISMATCH", message);
  }
}

async function fromService(url: string, network: Network): Promise<Deployment> {
  const info = await fetchInfo(url);
  refuseOther(network, info);
  return {
    domain: fromHex(info.domain, 32),
    authority: info.broker.authority,
    topicPrefix: info.broker.topicPrefix,
    ...(info.broker.login === "exchange" ? { exchange: url } : {}),
    log: {
      domain: logDomain(BigInt(info.chainId), info.log),
      logId: BigInt(info.logId),
      operators: info.committee.operators,
    },
  };
}

/**
 * Asks the service, or puts the deployment together from chain, registry, log and operators.
 * @throws OPTION_MISSING, SERVICE_MISMATCH, HTTP_UNREACHABLE, CHAIN_UNREACHABLE
 */
export async function resolveDeployment(
  network: Network,
  options: DeploymentOptions,
): Promise<Deployment> {
  const url = network.get("url");
  if (url !== undefined) return fromService(url, network);
  const rpcUrl = await answeringUrl(network.need("rpc"));
  const chainId = await checkedChainId(jsonRpc(rpcUrl), undefined);
  const log = network.get("log");
  const {
    operator: operators = [],
    authority = "fieldseal",
    topicPrefix = "fieldseal/1",
  } = options;
  return {
    domain: messageDomain(chainId, network.need("registry")),
    authority,
    topicPrefix,
    log:
      log === undefined || operators.length === 0
        ? undefined
        : { domain: logDomain(chainId, log), logId: BigInt(network.need("logId")), operators },
  };
}
