import { AbiCoder } from "ethers";
import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { hexOf } from "../../oracle/src/chain/quantities.ts";
import { isClientError } from "../../oracle/src/chain/send-outcome.ts";
import { readArtifact } from "./artifacts.ts";
import type { Finding } from "./finding.ts";

/** How contracts check P-256 here: 0 the precompile at 0x100 or Solidity, 1 IoTeX's precompile. */
export type P256Route = 0 | 1;

export const standardRoute: P256Route = 0;
export const iotexRoute: P256Route = 1;

/** By the contract's `P256Answer`. */
type Answer = "absent" | "works" | "forgeable" | "faulty";
const answers: readonly Answer[] = ["absent", "works", "forgeable", "faulty"];

export type P256Probe = { readonly findings: readonly Finding[]; readonly route: P256Route };

const standard = "P-256 at 0x100";
const iotex = "P-256 at 0x8001";

const refusals: Record<"forgeable" | "faulty", string> = {
  forgeable: "accepts a false signature",
  faulty: "fails, or refuses valid signatures",
};

function lineOf(check: string, answer: Answer, present: string): Finding {
  if (answer === "works") return { check, result: present, verdict: "ok" };
  if (answer === "absent") {
    return { check, result: "absent: Solidity, about 250 k gas a check", verdict: "note" };
  }
  return { check, result: refusals[answer], verdict: "refused" };
}

async function ask(rpc: Rpc): Promise<readonly [Answer, Answer]> {
  const { bytecode } = await readArtifact("P256Probe");
  const answer = hexOf(await rpc.request("eth_call", [{ data: bytecode }, "latest"]));
  const [atStandard, atIotex] = AbiCoder.defaultAbiCoder().decode(["uint8", "uint8"], answer);
  return [answers[Number(atStandard)] ?? "faulty", answers[Number(atIotex)] ?? "faulty"];
}

/**
 * Runs the contract P256Probe as creation code, so that the precompiles answer to a contract as they will answer to
 * ours: with two valid signatures and two false ones. IoTeX's is asked for only where 0x100 has none.
 * @throws CHAIN_UNREACHABLE, ARTIFACTS_MISSING
 */
export async function probeP256(rpc: Rpc): Promise<P256Probe> {
  try {
    const [atStandard, atIotex] = await ask(rpc);
    const findings = [lineOf(standard, atStandard, "precompile")];
    if (atStandard !== "absent" || atIotex === "absent") return { findings, route: standardRoute };
    findings.push(lineOf(iotex, atIotex, "IoTeX's precompile"));
    return { findings, route: iotexRoute };
  } catch (error) {
    if (!isClientError(error)) throw error;
    const finding: Finding = { check: standard, result: error.message, verdict: "refused" };
    return { findings: [finding], route: standardRoute };
  }
}
