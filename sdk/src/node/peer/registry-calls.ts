import { Interface } from "ethers";
import { deviceRegistryAbi } from "../../abi/DeviceRegistry.ts";
import { sdkError } from "../../errors/sdk-error.ts";

const registryCalls = new Interface(deviceRegistryAbi);
const timeoutMs = 10_000;
const maxAnswerLength = 65_536;

/** The newest block that a reorganisation cannot undo. */
export type FinalizedBlock = { readonly number: bigint; readonly timeMs: number };

/** Asks one DeviceRegistry through one node. */
export type RegistryCalls = {
  /** @throws PEER_DIRECTORY */
  finalizedBlock(): Promise<FinalizedBlock>;
  /** The first answer of a view as of a block. @throws PEER_DIRECTORY */
  view(block: string, name: string, args: readonly unknown[]): Promise<unknown>;
};

/** {@link RegistryCalls} over JSON-RPC by HTTP. */
export function callRegistry(rpcUrl: string, registry: string): RegistryCalls {
  return {
    async finalizedBlock() {
      const block = await rpc(rpcUrl, "eth_getBlockByNumber", ["finalized", false]);
      const { number, timestamp } = isObject(block) ? block : {};
      if (!isQuantity(number) || typeof timestamp !== "string") {
        throw unusable("The node knows no finalized block.");
      }
      return { number: BigInt(number), timeMs: Number(timestamp) * 1000 };
    },
    async view(block, name, args) {
      const data = registryCalls.encodeFunctionData(name, args);
      const answer = await rpc(rpcUrl, "eth_call", [{ to: registry, data }, block]);
      try {
        return registryCalls.decodeFunctionResult(name, String(answer))[0];
      } catch (cause) {
        throw unusable(`There is no DeviceRegistry at ${registry}.`, cause);
      }
    },
  };
}

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  let answer: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    answer = text.length > maxAnswerLength ? undefined : JSON.parse(text);
  } catch (cause) {
    throw unusable("The node cannot be reached.", cause);
  }
  if (!isObject(answer) || answer.result === undefined) {
    const problem = isObject(answer) ? answer.error : undefined;
    throw unusable("The node did not answer the question.", problem);
  }
  return answer.result;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isQuantity(value: unknown): value is string {
  return typeof value === "string" && /^0x[0-9a-f]{1,16}$/i.test(value);
}

function unusable(message: string, cause?: unknown): Error {
  return sdkError("PEER_DIRECTORY", message, {}, cause);
}
