import { Interface, type Provider } from "ethers";
import { deviceRegistryAbi } from "../abi/DeviceRegistry.ts";
import { readingLogAbi } from "../abi/ReadingLog.ts";
import { sdkError } from "../errors/sdk-error.ts";

/** The part of an ethers provider that verification needs. */
export type CallProvider = Pick<Provider, "call" | "getNetwork">;

const log = new Interface(readingLogAbi);
const registry = new Interface(deviceRegistryAbi);

/** The first answer of a view of ReadingLog. @throws PROOF_CHAIN */
export async function askLog(
  provider: CallProvider,
  to: string,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  return ask(provider, log, to, name, args);
}

/** The first answer of a view of DeviceRegistry. @throws PROOF_CHAIN */
export async function askRegistry(
  provider: CallProvider,
  to: string,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  return ask(provider, registry, to, name, args);
}

/** Checks that the node serves a chain. @throws PROOF_CHAIN */
export async function checkChainId(provider: CallProvider, expected: number): Promise<void> {
  const { chainId } = await reach(() => provider.getNetwork());
  if (chainId !== BigInt(expected)) {
    throw sdkError("PROOF_CHAIN", `The node serves chain ${chainId}, not ${expected}.`, {
      found: chainId.toString(),
      expected,
    });
  }
}

async function ask(
  provider: CallProvider,
  contract: Interface,
  to: string,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  const data = contract.encodeFunctionData(name, args);
  const answer = await reach(() => provider.call({ to, data }));
  if (answer === "0x") {
    throw sdkError("PROOF_CHAIN", "There is no such contract at this address.", { address: to });
  }
  return contract.decodeFunctionResult(name, answer)[0];
}

async function reach<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (cause) {
    throw sdkError("PROOF_CHAIN", "The node did not answer.", {}, cause);
  }
}
