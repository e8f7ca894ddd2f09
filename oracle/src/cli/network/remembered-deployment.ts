import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { FieldsealError, fromHex, hex } from "@fieldseal/sdk";
import { z } from "zod";
import { readJsonFile } from "../files/read-json.ts";
import { replaceFile } from "../files/write-file.ts";
import { type Deployment, type DeploymentOptions, resolveDeployment } from "./deployment.ts";
import { fetchInfo } from "./fetch-service.ts";
import type { Network } from "./resolve-network.ts";

const schema = z.strictObject({
  domain: z.string(),
  authority: z.string(),
  topicPrefix: z.string(),
  exchange: z.string().optional(),
  mqtt: z.string(),
  log: z.strictObject({
    domain: z.record(z.string(), z.union([z.string(), z.number()])),
    logId: z.string(),
    operators: z.array(z.string()),
  }),
});

/** A deployment with its broker and committee, as a long-running program needs it. */
export type ReachableDeployment = Deployment & {
  readonly log: NonNullable<Deployment["log"]>;
  readonly mqtt: string;
  /** Whether it is what the service said at an earlier start. */
  readonly isRemembered: boolean;
};

function write(
  path: string,
  deployment: Deployment,
  mqtt: string,
  log: NonNullable<Deployment["log"]>,
) {
  const { domain, authority, topicPrefix, exchange } = deployment;
  const { name, version, chainId, verifyingContract } = log.domain;
  const content = {
    domain: hex(domain),
    authority,
    topicPrefix,
    exchange,
    mqtt,
    log: {
      domain: { name, version, chainId: String(chainId), verifyingContract },
      logId: log.logId.toString(),
      operators: log.operators,
    },
  };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

function read(path: string): ReachableDeployment {
  const { domain, log, exchange, ...rest } = schema.parse(readJsonFile(path));
  return {
    ...rest,
    domain: fromHex(domain, 32),
    ...(exchange === undefined ? {} : { exchange }),
    log: {
      domain: { ...log.domain, chainId: BigInt(log.domain.chainId ?? 0) },
      logId: BigInt(log.logId),
      operators: log.operators,
    },
    isRemembered: true,
  };
}

async function ask(network: Network, options: DeploymentOptions) {
  const deployment = await resolveDeployment(network, options);
  const url = network.get("url");
  const named = network.get("mqtt");
  const mqtt = named ?? (url === undefined ? undefined : (await fetchInfo(url)).broker.url);
  if (mqtt === undefined || mqtt === null) {
    throw new FieldsealError("OPTION_MISSING", "Name the oracle's broker: --mqtt.");
  }
  if (deployment.log === undefined) {
    const message =
      "Whose receipt counts is not known: give --url, or --log, --log-id and --operator.";
    throw new FieldsealError("OPTION_MISSING", message);
  }
  return { deployment, mqtt, log: deployment.log };
}

/**
 * The deployment as the service says, or as it said at the last start that reached it: a power cut brings gateway and
 * service back in any order, and what sensors say in between must not be lost.
 * @throws as resolveDeployment, where nothing is remembered
 */
export async function rememberedDeployment(
  network: Network,
  options: DeploymentOptions,
  path: string,
): Promise<ReachableDeployment> {
  try {
    const { deployment, mqtt, log } = await ask(network, options);
    write(path, deployment, mqtt, log);
    return { ...deployment, log, mqtt, isRemembered: false };
  } catch (error) {
    const isAway =
      error instanceof FieldsealError &&
      (error.code === "HTTP_UNREACHABLE" || error.code === "CHAIN_UNREACHABLE");
    if (!isAway) throw error;
    try {
      return read(path);
    } catch {
      throw error;
    }
  }
}
