import { FieldsealError } from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import type { Endpoints, PinnedRpc, Rpc } from "./json-rpc.ts";
import { type ExpectedChain, type Heads, RpcEndpoint } from "./rpc-endpoint.ts";
import { isClientError, outcomeOf } from "./send-outcome.ts";
import type { BlockRef } from "./types.ts";

export type RpcPolicy = {
  /** First wait after a failure, and the longest. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** An endpoint that went without failure for so long is as good as new. */
  readonly settledMs: number;
  /** Between two looks at all endpoints. */
  readonly watchMs: number;
  /** Behind by so many blocks and so many seconds of block time: others are asked first. */
  readonly lagBlocks: number;
  readonly lagSeconds: number;
};

export const publicRpcPolicy: RpcPolicy = {
  firstRetryMs: 250,
  lastRetryMs: 10_000,
  settledMs: 60_000,
  watchMs: 10_000,
  lagBlocks: 5,
  lagSeconds: 30,
};

/** For development nodes: they come back at once. */
export const localRpcPolicy: RpcPolicy = {
  ...publicRpcPolicy,
  firstRetryMs: 100,
  lastRetryMs: 1_000,
  watchMs: 1_000,
};

export type RpcPoolOptions = {
  readonly common: Common;
  readonly random: () => number;
  /** In order of preference. */
  readonly rpcs: readonly Rpc[];
  readonly policy: RpcPolicy;
};

/** Errors of one client that another one need not share; a revert is the chain's own answer. */
const incapable =
  /not (?:supported|found|available|allowed)|does not exist|missing trie|unknown block|pruned|internal error|limit/i;

function isOfEndpoint(error: unknown): boolean {
  if (!(error instanceof FieldsealError)) return false;
  return error.code !== "CHAIN_RPC" || incapable.test(error.message);
}

/** The middle one, the higher of two: one liar among three does not make the others laggards. */
function upperMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Several endpoints of one chain as one. Asks the first that is up and not behind, and comes back to it when it has
 * recovered; sends transactions to all.
 */
export class RpcPool implements Rpc {
  readonly #options: RpcPoolOptions;
  readonly #all: readonly RpcEndpoint[];
  #expected: ExpectedChain | undefined;

  constructor(options: RpcPoolOptions) {
    this.#options = options;
    const { common, random, rpcs, policy } = options;
    this.#all = rpcs.map((rpc, index) => {
      const isAlone = rpcs.filter(({ place }) => place === rpc.place).length === 1;
      return new RpcEndpoint({
        common,
        random,
        rpc,
        name: isAlone ? rpc.place : `${rpc.place} #${index + 1}`,
        expected: () => this.#expected,
        backOff: { firstMs: policy.firstRetryMs, capMs: policy.lastRetryMs },
        settledMs: policy.settledMs,
      });
    });
  }

  get place(): string {
    return this.#all.map(({ place }) => place).join(", ");
  }

  /** From now on every endpoint must be of this chain before it is used. */
  expect(chain: ExpectedChain): void {
    this.#expected = chain;
  }

  get endpoints(): Endpoints {
    return {
      count: this.#all.length,
      pin: () => this.#pin(),
      everywhere: (method, params) => this.#everywhere(method, params),
      anchor: (block) => this.#anchor(block),
    };
  }

  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    if (method === "eth_sendRawTransaction") return this.#broadcast(params);
    let failure: unknown;
    for (const endpoint of this.#inOrder()) {
      try {
        return await endpoint.request(method, params);
      } catch (error) {
        if (!isOfEndpoint(error)) throw error;
        // What a client that answered says is worth more than that another did not.
        if (failure === undefined || isClientError(error)) failure = error;
      }
    }
    throw failure ?? this.#noneLeft();
  }

  /** Looks at every endpoint. @returns delay to the next look, ms */
  async watch(): Promise<number> {
    const { lagBlocks, lagSeconds, watchMs } = this.#options.policy;
    const heads = new Map<RpcEndpoint, Heads>();
    const look = async (endpoint: RpcEndpoint) => {
      const found = await endpoint.probe();
      if (found !== undefined) heads.set(endpoint, found);
    };
    await Promise.all(this.#all.map(look));
    const isLagging = (of: "latest" | "finalized", endpoint: Heads) => {
      const others = [...heads.values()].map((each) => each[of]);
      const blocks = upperMedian(others.map(({ number }) => number)) - endpoint[of].number;
      const seconds = upperMedian(others.map(({ timeS }) => timeS)) - endpoint[of].timeS;
      return blocks >= lagBlocks && seconds >= lagSeconds;
    };
    for (const [endpoint, found] of heads) {
      this.#mark(endpoint, isLagging("latest", found) || isLagging("finalized", found));
    }
    return watchMs;
  }

  #mark(endpoint: RpcEndpoint, isBehind: boolean): void {
    const { common } = this.#options;
    common.metrics.rpcBehind.set({ endpoint: endpoint.name }, isBehind ? 1 : 0);
    if (endpoint.isBehind === isBehind) return;
    endpoint.isBehind = isBehind;
    const text = isBehind ? "chain endpoint is behind the others" : "chain endpoint caught up";
    common.log[isBehind ? "warn" : "info"]({ endpoint: endpoint.name }, text);
  }

  /** Those in use; if there is none, those whose time for another try has come. */
  #inUse(): RpcEndpoint[] {
    const up = this.#all.filter(({ isUp }) => isUp);
    return up.length > 0 ? up : this.#all.filter(({ isDue }) => isDue);
  }

  /** Those in use, the ones behind last, then those that may be tried again: nobody waits for them while others answer. */
  #inOrder(): RpcEndpoint[] {
    const rank = ({ isUp, isBehind }: RpcEndpoint) => (isUp ? 0 : 2) + (isBehind ? 1 : 0);
    return this.#all.filter(({ isDue }) => isDue).sort((one, other) => rank(one) - rank(other));
  }

  #noneLeft(): FieldsealError {
    const errors = this.#all.flatMap(({ error }) => error ?? []);
    const first = errors.find(({ code }) => code === "CHAIN_UNREACHABLE") ?? errors[0];
    const message = `No endpoint of the chain can be used: ${this.place}.`;
    return first ?? new FieldsealError("CHAIN_UNREACHABLE", message, { place: this.place });
  }

  #pin(): PinnedRpc {
    const [endpoint] = this.#inOrder();
    if (endpoint === undefined) throw this.#noneLeft();
    return {
      place: endpoint.place,
      request: (method, params) => endpoint.request(method, params),
      distrust: (error) => {
        const isAnother = this.#all.some((other) => other !== endpoint && other.isDue);
        if (isAnother) endpoint.refuse(error);
        return isAnother;
      },
    };
  }

  async #everywhere(method: string, params: readonly unknown[]): Promise<unknown[]> {
    const inUse = this.#inUse();
    const abreast = inUse.filter(({ isBehind }) => !isBehind);
    const asked = abreast.length > 0 ? abreast : inUse;
    const requests = asked.map((endpoint) => endpoint.request(method, params));
    const settled = await Promise.allSettled(requests);
    return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  #anchor(block: BlockRef): void {
    const { anchor } = this.#expected ?? {};
    if (this.#expected === undefined || (anchor !== undefined && anchor.number > block.number)) {
      return;
    }
    this.#expected = { ...this.#expected, anchor: block };
  }

  /** One endpoint that takes the transaction is enough; the answer of the others is not waited for. */
  async #broadcast(params: readonly unknown[]): Promise<unknown> {
    const all = this.#inUse();
    if (all.length === 0) throw this.#noneLeft();
    const sent = all.map((endpoint) => endpoint.request("eth_sendRawTransaction", params));
    try {
      return await Promise.any(sent);
    } catch (failure) {
      const errors: unknown[] = failure instanceof AggregateError ? failure.errors : [failure];
      const answered = errors.filter(isClientError);
      throw answered.find((error) => outcomeOf(error) === "known") ?? answered[0] ?? errors[0];
    }
  }
}
