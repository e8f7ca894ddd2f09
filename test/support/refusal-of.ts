import type { BaseContract } from "ethers";

/** Name of the error with which a contract refuses a call by its runner; undefined if it does not refuse. */
export async function refusalOf(
  contract: BaseContract,
  method: string,
  ...args: unknown[]
): Promise<string | undefined> {
  try {
    await contract.getFunction(method).staticCall(...args);
    return undefined;
  } catch (error) {
    const { data } = error as { data?: string };
    return contract.interface.parseError(data ?? "0x")?.name;
  }
}
