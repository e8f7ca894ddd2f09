import { AbiCoder, concat, dataLength, toBeHex } from "ethers";
import type { GasChain } from "./gas-chain.ts";

/** What a call cost, and whether it answered true. */
export type CallGas = { readonly answered: boolean; readonly gas: number };

const programLength = 50;

/**
 * Gas that a contract spends on calling `to`, cold address included and calldata of the transaction not: a whole
 * transaction would hide it below EIP-7623's floor. Measured by a program that stands before the call's data.
 */
export async function callGas(chain: GasChain, to: string, data: string): Promise<CallGas> {
  const length = toBeHex(dataLength(data), 2);
  const program = concat([
    // codecopy(0, programLength, length)
    ...["0x61", length, "0x61", toBeHex(programLength, 2), "0x5f39"],
    // gas; staticcall(gas, to, 0, length, 0, 32)
    ...["0x5a", "0x60205f61", length, "0x5f73", to, "0x5afa"],
    // memory[32] = gas before − gas after; return(0, 64)
    ...["0x50", "0x5a", "0x9003", "0x602052", "0x60405ff3"],
  ]);
  if (dataLength(program) !== programLength) throw new Error("The program's length has changed.");
  const answer = await chain.call(null, concat([program, data]));
  const [answered, gas] = AbiCoder.defaultAbiCoder().decode(["uint256", "uint256"], answer);
  return { answered: answered === 1n, gas: Number(gas) };
}
