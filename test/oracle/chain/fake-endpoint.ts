import { FieldsealError } from "@fieldseal/sdk";
import type { Rpc } from "../../../oracle/src/chain/json-rpc.ts";
import { quantity } from "../../../oracle/src/chain/quantities.ts";

/** An endpoint of a chain of numbers, whose state a test sets. */
export type FakeEndpoint = Rpc & {
  isDead: boolean;
  chainId: bigint;
  /** Newest block. */
  head: number;
  /** How far behind it the finalized one is. */
  depth: number;
  secondsPerBlock: number;
  /** Part of every block's hash. */
  fork: string;
  /** Answers a method with an error of the client. */
  readonly errors: Map<string, string>;
  readonly calls: string[];
};

export function fakeEndpoint(place: string, head = 100): FakeEndpoint {
  const block = (number: number, { fork, secondsPerBlock }: FakeEndpoint) => ({
    number: quantity(number),
    hash: `0x${fork}${number.toString(16).padStart(8, "0")}`,
    timestamp: quantity(1_000_000 + number * secondsPerBlock),
  });
  const endpoint: FakeEndpoint = {
    place,
    isDead: false,
    chainId: 5n,
    head,
    depth: 2,
    secondsPerBlock: 12,
    fork: "aa",
    errors: new Map(),
    calls: [],
    async request(method, params = []) {
      endpoint.calls.push(method);
      if (endpoint.isDead) throw new FieldsealError("CHAIN_UNREACHABLE", `${place} is dead`);
      const error = endpoint.errors.get(method);
      if (error !== undefined) throw new FieldsealError("CHAIN_RPC", `${method}: ${error}`);
      if (method === "eth_chainId") return quantity(endpoint.chainId);
      if (method !== "eth_getBlockByNumber") return place;
      const [tag] = params;
      if (tag === "latest") return block(endpoint.head, endpoint);
      if (tag === "finalized") return block(endpoint.head - endpoint.depth, endpoint);
      const number = Number(tag);
      return number <= endpoint.head ? block(number, endpoint) : null;
    },
  };
  return endpoint;
}
