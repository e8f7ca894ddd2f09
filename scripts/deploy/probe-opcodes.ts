import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { hexOf } from "../../oracle/src/chain/quantities.ts";
import { isClientError } from "../../oracle/src/chain/send-outcome.ts";
import type { Finding } from "./finding.ts";

/** Creation code that returns the word 1 if the opcode works, by name. */
const programs: readonly (readonly [string, string])[] = [
  // PUSH1 1, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
  ["PUSH0", "0x60015f5260205ff3"],
  // PUSH1 1, PUSH1 0, MSTORE, then MCOPY(32, 0, 32), RETURN(32, 32)
  ["MCOPY", "0x60016000526020600060205e60206020f3"],
  // PUSH1 1, PUSH1 0, TSTORE, PUSH1 0, TLOAD, PUSH1 0, MSTORE, RETURN(0, 32)
  ["TLOAD", "0x600160005d60005c60005260206000f3"],
];

const one = `0x${"1".padStart(64, "0")}`;

async function probeOpcode(rpc: Rpc, name: string, code: string): Promise<Finding> {
  const check = `opcode ${name}`;
  try {
    const answer = hexOf(await rpc.request("eth_call", [{ data: code }, "latest"]));
    if (answer === one) return { check, result: "present", verdict: "ok" };
    return { check, result: `answers ${answer.slice(0, 12)}`, verdict: "refused" };
  } catch (error) {
    if (!isClientError(error)) throw error;
    return { check, result: error.message, verdict: "refused" };
  }
}

/** Runs the opcodes of the cancun hard fork that the contracts use, as creation code in eth_call. */
export async function probeOpcodes(rpc: Rpc): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, code] of programs) findings.push(await probeOpcode(rpc, name, code));
  return findings;
}
