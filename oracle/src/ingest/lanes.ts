import { FairQueue } from "./fair-queue.ts";

/** Of so many turns one belongs to those beyond their rate, that they get on whatever the others do. */
const lateTurn = 8;

export type LaneLimits<Item> = {
  /** Items within their clients' rates that may wait, of one client and of all. */
  readonly perClient: number;
  readonly total: number;
  /** The same, by `weigh`, for items beyond their clients' rates. */
  readonly latePerClient: number;
  readonly lateTotal: number;
  readonly weigh: (item: Item) => number;
};

/**
 * Two queues: who keeps to his rate goes first, who brings more gets what time is left. In each, clients take turns.
 */
export class Lanes<Item> {
  readonly #onTime: FairQueue<Item>;
  readonly #late: FairQueue<Item>;
  #turn = 0;

  constructor({ perClient, total, latePerClient, lateTotal, weigh }: LaneLimits<Item>) {
    this.#onTime = new FairQueue(perClient, total);
    this.#late = new FairQueue(latePerClient, lateTotal, weigh);
  }

  get length(): number {
    return this.#onTime.length + this.#late.length;
  }

  /** @returns false if there is no place left */
  push(client: string, item: Item): boolean {
    return this.#onTime.push(client, item);
  }

  /** @returns false if there is no place left */
  pushLate(client: string, item: Item): boolean {
    return this.#late.push(client, item);
  }

  take(): Item | undefined {
    this.#turn = (this.#turn + 1) % lateTurn;
    if (this.#turn === 0) return this.#late.take() ?? this.#onTime.take();
    return this.#onTime.take() ?? this.#late.take();
  }

  takeLate(): Item | undefined {
    return this.#late.take();
  }
}
