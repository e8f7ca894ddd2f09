import type { Store } from "../store/open-store.ts";

/** The right to act for the log, while it lasts. */
export type Leadership = {
  /** Higher than that of every leadership before. */
  readonly term: number;
  /** The store as a leader writes it: a transaction takes effect under this term or not at all. */
  readonly store: Store;
  /** Aborts when the leadership ends. What is written after that fails with LEADERSHIP_LOST. */
  readonly signal: AbortSignal;
};

/** Who leads, among the processes that share a store. */
export type Election = {
  /** Name of this process. */
  readonly worker: string;
  /** What this process holds; undefined while another one leads. */
  held(): Leadership | undefined;
  /** Holds on to what it holds, or tries to be elected. @returns milliseconds to the next step */
  step(): Promise<number>;
  /** Why this process takes no part; undefined if it does. */
  trouble(): string | undefined;
  /** Calls `listener` when leadership begins or ends. */
  onChange(listener: () => void): void;
  /** Gives up what it holds, so that another may be elected at once. */
  stop(): Promise<void>;
};
