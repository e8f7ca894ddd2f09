import { Interface, isError, type Provider } from "ethers";
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
  const answer = await reach(() => provider.call({ to, data })).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined;
    throw isError(cause, "CALL_EXCEPTION") ? notAnswered(to, name, cause) : error;
  });
  if (answer === "0x") {
    throw sdkError("PROOF_CHAIN", `There is no contract at ${to}.`, { address: to });
  }
  try {
    return contract.decodeFunctionResult(name, answer)[0];
  } catch (cause) {
    throw notAnswered(to, name, cause);
  }
}

function notAnswered(to: string, name: string, cause: unknown): Error {
  const message = `The contract at ${to} has no answer to ${name}: it is another one, or there is no such log.`;
  return sdkError("PROOF_CHAIN", message, { address: to, name }, cause);
}

async function reach<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (cause) {
    throw sdkError("PROOF_CHAIN", "The node did not answer.", {}, cause);
  }
}
