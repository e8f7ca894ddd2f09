import { FieldsealError } from "@fieldseal/sdk";
import { formatEther } from "ethers";
import { estimateFees } from "../../oracle/src/chain/fees.ts";
import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { bigintOf } from "../../oracle/src/chain/quantities.ts";
import { isClientError } from "../../oracle/src/chain/send-outcome.ts";
import { publicChainPolicy } from "../../oracle/src/chain/writer-policy.ts";
import { alignTable } from "../../oracle/src/cli/output/print.ts";
import { readArtifact } from "./artifacts.ts";
import type { Finding } from "./finding.ts";
import { probeOpcodes } from "./probe-opcodes.ts";
import { type P256Route, probeP256 } from "./probe-p256.ts";
import { probeTransactions } from "./probe-transactions.ts";

export type ProbeOptions = {
  readonly rpc: Rpc;
  /** Chain id of the network that was named, if one was. */
  readonly expectedChainId?: bigint;
  /** The account that is to pay, if it is known. */
  readonly deployer?: string;
  readonly currency?: string;
};

export type Probe = {
  readonly chainId: bigint;
  readonly findings: readonly Finding[];
  /** How the contracts are to check P-256 here. */
  readonly p256Route: P256Route;
  /** Whether nothing was refused. */
  readonly ok: boolean;
};

const sampleBytes = 1_000;
const stranger = "0x00000000000000000000000000000000000f1e1d";
/** EIP-7623's floor on Ethereum; IoTeX takes 100. */
const ordinaryCalldataGas = 40n;
const contractNames = ["KeyVerifiers", "DeviceRegistry", "AccessGrants", "ReadingLog"];

async function probeChainId(rpc: Rpc, expected: bigint | undefined) {
  const chainId = bigintOf(await rpc.request("eth_chainId"));
  const wrong = expected !== undefined && expected !== chainId;
  const result = wrong ? `${chainId}, not ${expected}` : chainId.toString();
  const finding: Finding = { check: "chain id", result, verdict: wrong ? "refused" : "ok" };
  return { chainId, finding };
}

async function gasOf(rpc: Rpc, data: string): Promise<bigint> {
  return bigintOf(await rpc.request("eth_estimateGas", [{ from: stranger, to: stranger, data }]));
}

async function probeCalldata(rpc: Rpc): Promise<{ finding: Finding; gasPerByte: bigint }> {
  const check = "calldata";
  try {
    const full = await gasOf(rpc, `0x${"ff".repeat(sampleBytes)}`);
    const difference = Number(full - (await gasOf(rpc, "0x")));
    const gasPerByte = BigInt(Math.round(difference / sampleBytes));
    const dear = gasPerByte > ordinaryCalldataGas;
    const result = `${gasPerByte} gas a byte${dear ? ": proofs cost more here" : ""}`;
    return { finding: { check, result, verdict: dear ? "note" : "ok" }, gasPerByte };
  } catch (error) {
    if (!isClientError(error)) throw error;
    const finding: Finding = { check, result: `not told: ${error.message}`, verdict: "note" };
    return { finding, gasPerByte: ordinaryCalldataGas };
  }
}

/** Gas of the whole deployment, from the size of the code: 200 a byte stored, its calldata, and the constructors. */
async function deploymentGas(gasPerByte: bigint): Promise<bigint> {
  let gas = 0n;
  for (const name of contractNames) {
    const { bytecode, deployedBytecode } = await readArtifact(name);
    const stored = BigInt(deployedBytecode.length / 2 - 1);
    const sent = BigInt(bytecode.length / 2 - 1);
    gas += 200n * stored + gasPerByte * sent + 150_000n;
  }
  return gas;
}

async function probeBalance(
  rpc: Rpc,
  deployer: string,
  currency: string,
  gasPerByte: bigint,
): Promise<Finding> {
  const check = "balance";
  const balance = bigintOf(await rpc.request("eth_getBalance", [deployer, "latest"]));
  const { feeCapWei, tipFloorWei } = publicChainPolicy;
  const { maxFeeWei } = await estimateFees(rpc, feeCapWei, tipFloorWei);
  const needed = (await deploymentGas(gasPerByte)) * maxFeeWei;
  const amounts = `${formatEther(balance)} ${currency}, at most ${formatEther(needed)} needed`;
  return { check, result: amounts, verdict: balance >= needed ? "ok" : "refused" };
}

/**
 * Asks a chain whether the contracts can live there, without sending anything.
 * @throws CHAIN_UNREACHABLE, ARTIFACTS_MISSING
 */
export async function probeChain(options: ProbeOptions): Promise<Probe> {
  const { rpc, expectedChainId, deployer, currency = "ETH" } = options;
  const { chainId, finding: idFinding } = await probeChainId(rpc, expectedChainId);
  const findings: Finding[] = [idFinding, await probeTransactions(rpc, chainId)];
  findings.push(...(await probeOpcodes(rpc)));
  const p256 = await probeP256(rpc);
  findings.push(...p256.findings);
  const { finding, gasPerByte } = await probeCalldata(rpc);
  findings.push(finding);
  if (deployer !== undefined)
    findings.push(await probeBalance(rpc, deployer, currency, gasPerByte));
  return {
    chainId,
    findings,
    p256Route: p256.route,
    ok: findings.every(({ verdict }) => verdict !== "refused"),
  };
}

/** The findings as aligned lines. */
export function probeTable(findings: readonly Finding[]): string {
  return alignTable(findings.map(({ check, verdict, result }) => [check, verdict, result]));
}

/** PROBE_REFUSED, with what the chain lacks. */
export function probeRefusal({ findings }: Probe): FieldsealError {
  const refused = findings.filter(({ verdict }) => verdict === "refused");
  const reasons = refused.map(({ check, result }) => `${check}: ${result}`).join("; ");
  return new FieldsealError("PROBE_REFUSED", `The contracts cannot be deployed here: ${reasons}.`, {
    refused,
  });
}
