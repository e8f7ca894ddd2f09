import type { Rpc } from "../../oracle/src/chain/json-rpc.ts";
import { hexOf } from "../../oracle/src/chain/quantities.ts";
import { isClientError } from "../../oracle/src/chain/send-outcome.ts";
import type { Finding } from "./finding.ts";

/** How contracts check P-256 here: 0 the precompile at 0x100 or Solidity, 1 IoTeX's precompile. */
export type P256Route = 0 | 1;

export const standardRoute: P256Route = 0;
export const iotexRoute: P256Route = 1;

/** A valid signature: RIP-7212's first test vector (from Project Wycheproof). */
const vector = {
  digest: "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d",
  r: "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac",
  s: "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60",
  x: "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3",
  y: "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e",
};
const otherDigest = `5${vector.digest.slice(1)}`;

const standardPrecompile = "0x0000000000000000000000000000000000000100";
const iotexPrecompile = "0x0000000000000000000000000000000000008001";

const standardInput = (digest: string) => `0x${digest}${vector.r}${vector.s}${vector.x}${vector.y}`;
const iotexInput = (digest: string) => `0x${digest}${vector.r}${vector.s}04${vector.x}${vector.y}`;

/** What an address says to a signature: a word that is 1, nothing or 0, something else, or a failed call. */
type Verdict = "yes" | "no" | "strange" | "fails";

async function ask(rpc: Rpc, to: string, data: string, yes: string): Promise<Verdict> {
  try {
    const answer = hexOf(await rpc.request("eth_call", [{ to, data, gas: "0x7a120" }, "latest"]));
    if (answer === yes) return "yes";
    return /^0x0*$/.test(answer) ? "no" : "strange";
  } catch (error) {
    if (isClientError(error)) return "fails";
    throw error;
  }
}

const check = "P-256 at 0x100";
const word = `0x${"1".padStart(64, "0")}`;

/** Whether 0x100 is an honest precompile, nothing at all, or something that must not be asked (traps: EIP-7951). */
export async function probeStandardP256(rpc: Rpc): Promise<Finding> {
  const good = await ask(rpc, standardPrecompile, standardInput(vector.digest), word);
  const bad = await ask(rpc, standardPrecompile, standardInput(otherDigest), word);
  const empty = await ask(rpc, standardPrecompile, "0x", word);
  if (good === "yes" && bad === "no" && empty === "no") {
    return { check, result: "precompile", verdict: "ok" };
  }
  if (good === "no" && bad === "no" && empty === "no") {
    return { check, result: "absent: Solidity, about 250 k gas a check", verdict: "note" };
  }
  if (good === "yes") return { check, result: "accepts a false signature", verdict: "refused" };
  const what =
    good === "fails" ? "fails, and burns the caller's gas" : "answers what it should not";
  return { check, result: what, verdict: "refused" };
}

/** Whether IoTeX's precompile is there and honest; undefined where there is none. */
export async function probeIotexP256(rpc: Rpc): Promise<Finding | undefined> {
  const code = hexOf(await rpc.request("eth_getCode", [iotexPrecompile, "latest"]));
  if (code !== "0x") return undefined;
  const good = await ask(rpc, iotexPrecompile, iotexInput(vector.digest), "0x01");
  if (good !== "yes") return undefined;
  const bad = await ask(rpc, iotexPrecompile, iotexInput(otherDigest), "0x01");
  const iotex = "P-256 at 0x8001";
  if (bad === "yes")
    return { check: iotex, result: "accepts a false signature", verdict: "refused" };
  return { check: iotex, result: "IoTeX's precompile", verdict: "ok" };
}
