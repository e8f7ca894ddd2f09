import { FieldsealError } from "@fieldseal/sdk";
import { type BackOff, backOffMs } from "../internal/back-off.ts";
import type { Common } from "../internal/common.ts";
import { type Block, findBlock } from "./blocks.ts";
import type { Rpc } from "./json-rpc.ts";
import { bigintOf } from "./quantities.ts";
import type { BlockRef, Hex } from "./types.ts";

/** What every endpoint must serve. `anchor` is a final block that was followed. */
export type ExpectedChain = {
  readonly chainId: bigint;
  readonly genesisHash: Hex;
  readonly anchor?: BlockRef;
};

export type RpcEndpointOptions = {
  readonly common: Common;
  readonly random: () => number;
  /** Label in metrics and logs: the place, numbered if several share it. */
  readonly name: string;
  readonly rpc: Rpc;
  /** Undefined until the start-up has found out which chain it is. */
  readonly expected: () => ExpectedChain | undefined;
  readonly backOff: BackOff;
  /** Failures are forgotten after so long without one. */
  readonly settledMs: number;
};

/** Where an endpoint stands: its newest and its finalized block. */
export type Heads = { readonly latest: Block; readonly finalized: Block };

const isUnreachable = (error: unknown): error is FieldsealError =>
  error instanceof FieldsealError && error.code === "CHAIN_UNREACHABLE";

/**
 * One client with a circuit: after a failure it is left alone, longer each time, and before it is used again it
 * must show that it serves the expected chain.
 *
 * ```
 * unproven ──proved──► up ──no answer──► down ──its time has come, proved──► up
 *    └──── another chain or history ────► refused ──its time has come, proved──► up
 * ```
 */
export class RpcEndpoint {
  readonly #options: RpcEndpointOptions;
  #state: "unproven" | "up" | "down" | "refused" = "unproven";
  #failures = 0;
  #retryAtMs = 0;
  #upAtMs = 0;
  #error: FieldsealError | undefined;
  #proof: Promise<void> | undefined;
  /** Whether its blocks are far behind the other endpoints'. */
  isBehind = false;

  constructor(options: RpcEndpointOptions) {
    this.#options = options;
    this.#show();
  }

  get name(): string {
    return this.#options.name;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** Whether a request would be tried at all. */
  get isDue(): boolean {
    return this.isUp || this.#nowMs() >= this.#retryAtMs;
  }

  /** Why it is not in use. */
  get error(): FieldsealError | undefined {
    return this.#error;
  }

  /** @throws CHAIN_RPC, CHAIN_UNREACHABLE, CHAIN_WRONG_ID, CHAIN_HISTORY_CHANGED */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    if (!this.isUp) await this.#prove();
    try {
      return await this.#measured(method, params);
    } catch (error) {
      // Of many requests under way when the endpoint fell, one counts.
      if (isUnreachable(error) && this.isUp) this.#fail("down", error);
      throw error;
    }
  }

  /** Proves the endpoint if it is not in use, and reads where it stands; undefined while it must be left alone. */
  async probe(): Promise<Heads | undefined> {
    if (!this.isDue) return undefined;
    try {
      if (this.isUp) await this.#refuseOtherAnchor();
      const latest = await findBlock(this, "latest");
      const finalized = await findBlock(this, "finalized");
      if (latest !== undefined && finalized !== undefined) return { latest, finalized };
      throw this.#unreachable("it shows no newest or no finalized block");
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      if (this.isUp) this.#fail(error.code === "CHAIN_HISTORY_CHANGED" ? "refused" : "down", error);
      return undefined;
    }
  }

  /** Takes the endpoint out of use because of what it served. */
  refuse(error: FieldsealError): void {
    if (this.isUp) this.#fail("refused", error);
  }

  get place(): string {
    return this.#options.rpc.place;
  }

  #nowMs(): number {
    return this.#options.common.clock.elapsedMs();
  }

  #unreachable(reason: string): FieldsealError {
    const message = `The chain at ${this.place} cannot be used: ${reason}.`;
    return new FieldsealError("CHAIN_UNREACHABLE", message, { place: this.place });
  }

  async #measured(method: string, params: readonly unknown[]): Promise<unknown> {
    const { common, rpc, name } = this.#options;
    const { rpcRequests, rpcDuration } = common.metrics;
    const end = rpcDuration.startTimer({ endpoint: name });
    let outcome = "answered";
    try {
      return await rpc.request(method, params);
    } catch (error) {
      outcome = isUnreachable(error) ? "unreachable" : "error";
      throw error;
    } finally {
      end();
      rpcRequests.inc({ endpoint: name, outcome });
    }
  }

  /** One proof at a time, and none before its time. */
  async #prove(): Promise<void> {
    if (!this.isDue) throw this.#error ?? this.#unreachable("it is left alone for a while");
    this.#proof ??= this.#tryProof().finally(() => {
      this.#proof = undefined;
    });
    await this.#proof;
  }

  async #tryProof(): Promise<void> {
    try {
      const expected = this.#options.expected();
      if (expected !== undefined) await this.#refuseOtherChain(expected);
      await this.#refuseOtherAnchor();
    } catch (error) {
      if (!(error instanceof FieldsealError)) throw error;
      const isOther = error.code === "CHAIN_WRONG_ID" || error.code === "CHAIN_HISTORY_CHANGED";
      this.#fail(isOther ? "refused" : "down", error);
      throw isOther || isUnreachable(error) ? error : this.#unreachable(error.message);
    }
    this.#state = "up";
    this.#error = undefined;
    this.#upAtMs = this.#nowMs();
    this.#options.common.log.info({ endpoint: this.name }, "chain endpoint in use");
    this.#show();
  }

  async #refuseOtherChain({ chainId, genesisHash }: ExpectedChain): Promise<void> {
    const found = bigintOf(await this.#measured("eth_chainId", []));
    if (found !== chainId) throw wrongChain(this.place, found, chainId);
    const measured = { place: this.place, request: this.#measured.bind(this) };
    const genesis = await findBlock(measured, 0);
    if (genesis?.hash === genesisHash) return;
    throw otherBlock(this.place, { number: 0, hash: genesisHash }, genesis?.hash);
  }

  /** An endpoint that has no such block yet is behind, no liar. */
  async #refuseOtherAnchor(): Promise<void> {
    const anchor = this.#options.expected()?.anchor;
    if (anchor === undefined) return;
    const measured = { place: this.place, request: this.#measured.bind(this) };
    const found = await findBlock(measured, anchor.number);
    if (found !== undefined && found.hash !== anchor.hash) {
      throw otherBlock(this.place, anchor, found.hash);
    }
  }

  #fail(state: "down" | "refused", error: FieldsealError): void {
    const { backOff, settledMs, random, common } = this.#options;
    const nowMs = this.#nowMs();
    if (this.#state === "up" && nowMs - this.#upAtMs >= settledMs) this.#failures = 0;
    this.#failures += 1;
    const delayMs = backOffMs(this.#failures, backOff, random());
    this.#retryAtMs = nowMs + delayMs;
    const isNews = this.#state !== state;
    this.#state = state;
    this.#error = error;
    this.#show();
    const facts = { endpoint: this.name, code: error.code, failures: this.#failures, delayMs };
    const level = state === "refused" ? "error" : "warn";
    common.log[isNews ? level : "debug"]({ ...facts }, error.message);
  }

  #show(): void {
    const { common, name } = this.#options;
    common.metrics.rpcUp.set({ endpoint: name }, this.isUp ? 1 : 0);
  }
}

export function wrongChain(place: string, found: bigint, expected: bigint): FieldsealError {
  const message = `The chain at ${place} has id ${found}, not ${expected}.`;
  const details = { chainId: found.toString(), expected: expected.toString() };
  return new FieldsealError("CHAIN_WRONG_ID", message, details);
}

function otherBlock(
  place: string,
  expected: { readonly number: number; readonly hash: Hex },
  found: Hex | undefined,
): FieldsealError {
  const { number, hash } = expected;
  const message = `Block ${number} was final with hash ${hash}, and the chain at ${place} shows ${found ?? "none"}.`;
  const details = { block: number, followed: hash, found };
  return new FieldsealError("CHAIN_HISTORY_CHANGED", message, details);
}
