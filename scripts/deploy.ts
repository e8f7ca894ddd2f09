import { join } from "node:path";
import { jsonRpc } from "../oracle/src/chain/json-rpc.ts";
import { failureOf } from "../oracle/src/cli/output/failure.ts";
import { alignRows, type Row } from "../oracle/src/cli/output/print.ts";
import { root } from "./bootstrap.mjs";
import { publicAddressBook, writeAddressBook } from "./deploy/address-book.ts";
import { compileContracts } from "./deploy/compile-contracts.ts";
import { type Deployment, deployFieldseal } from "./deploy/deploy-fieldseal.ts";
import { openLog } from "./deploy/open-log.ts";
import { type DeployArguments, readDeployArguments, usage } from "./deploy/options.ts";
import { checkParameters } from "./deploy/parameters.ts";
import { type Probe, probeChain, probeRefusal, probeTable } from "./deploy/probe.ts";
import { resolveTarget, type Target } from "./deploy/target.ts";

const decimals = (_key: string, value: unknown) =>
  typeof value === "bigint" ? value.toString() : value;

function folders({ local }: Target, { out }: DeployArguments) {
  if (!local && out === undefined) {
    return { journal: join(root, "deploy", "deployments"), book: publicAddressBook };
  }
  const folder = out ?? join(root, ".data", "deploy");
  return { journal: join(folder, "deployments"), book: join(folder, "addresses.json") };
}

/** The command that shows the sources to the chain's block explorers. */
function verifyCommand({ network, chainId }: Pick<Target, "network" | "chainId">): string {
  return `npm run hardhat -- ignition verify chain-${chainId} --network ${network}`;
}

async function checked(target: Target): Promise<Probe> {
  const { rpcUrl, expectedChainId, key, currency, network } = target;
  const probe = await probeChain({
    rpc: jsonRpc(rpcUrl),
    deployer: key.address,
    currency,
    ...(expectedChainId === undefined ? {} : { expectedChainId }),
  });
  const parameters = checkParameters(network, probe.p256Route);
  if (parameters === undefined) return probe;
  const ok = probe.ok && parameters.verdict === "ok";
  return { ...probe, ok, findings: [...probe.findings, parameters] };
}

async function firstLog(target: Target, { readingLog }: Deployment, options: DeployArguments) {
  const { operators, threshold, restricted, graceSeconds } = options;
  if (operators.length === 0) return undefined;
  const { rpcUrl, key } = target;
  const committee = { operators, threshold, restricted, graceSeconds };
  return openLog({ rpcUrl, signerKey: key.secret, readingLog: readingLog.address, ...committee });
}

function deploymentRows(deployment: Deployment, logId: bigint | undefined, book: string): Row[] {
  const { keyVerifiers, deviceRegistry, accessGrants, readingLog } = deployment;
  return [
    ["KeyVerifiers", keyVerifiers.address],
    ["DeviceRegistry", `${deviceRegistry.address}  block ${deviceRegistry.block}`],
    ["AccessGrants", `${accessGrants.address}  block ${accessGrants.block}`],
    ["ReadingLog", `${readingLog.address}  block ${readingLog.block}`],
    ...(logId === undefined ? [] : [["log", logId.toString()] as const]),
    ["address book", book],
  ];
}

async function run(options: DeployArguments): Promise<void> {
  const say = (text: string) => {
    if (!options.json) process.stdout.write(`${text}\n`);
  };
  const target = await resolveTarget(options.network, options.rpc);
  compileContracts();
  const probe = await checked(target);
  say(`${probeTable(probe.findings)}\n`);
  const tell = (more: Record<string, unknown>) => {
    const { chainId, findings, p256Route, ok } = probe;
    const facts = { network: target.network, chainId, deployer: target.key.address };
    const answer = { ...facts, probe: { ok, p256Route, findings }, ...more };
    if (options.json) process.stdout.write(`${JSON.stringify(answer, decimals)}\n`);
  };
  if (!probe.ok) {
    tell({});
    throw probeRefusal(probe);
  }
  if (options.probeOnly) return tell({});
  const { journal, book } = folders(target, options);
  const deployment = await deployFieldseal({
    rpcUrl: target.rpcUrl,
    signerKey: target.key.secret,
    folder: journal,
    p256Route: probe.p256Route,
    expectedChainId: target.chainId,
  });
  writeAddressBook(book, deployment);
  const logId = await firstLog(target, deployment, options);
  const verify = verifyCommand(target);
  tell({ ...deployment, logId, addressBook: book, verify });
  say(alignRows(deploymentRows(deployment, logId, book)));
  if (!target.local) say(`\nShow the sources to the block explorers:\n  ${verify}`);
}

try {
  const options = readDeployArguments(process.argv.slice(2));
  if (options === undefined) process.stdout.write(usage);
  else await run(options);
} catch (error) {
  const { code, message, cure, exitCode } = failureOf(error);
  process.stderr.write(`${code}  ${message}\n${" ".repeat(code.length)}  ${cure}\n`);
  process.exitCode = exitCode;
}
