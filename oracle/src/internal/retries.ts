import { type BackOff, backOffMs } from "./back-off.ts";

/** When something may be done again: later and later for as long as it does not help. Kept in memory only. */
export class Retries<Key> {
  readonly #backOff: BackOff;
  readonly #random: () => number;
  readonly #next = new Map<Key, { readonly times: number; readonly atMs: number }>();

  constructor(backOff: BackOff, random: () => number) {
    this.#backOff = backOff;
    this.#random = random;
  }

  isDue(key: Key, nowMs: number): boolean {
    return nowMs >= (this.#next.get(key)?.atMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Notes that it is done now. */
  note(key: Key, nowMs: number): void {
    const times = (this.#next.get(key)?.times ?? 0) + 1;
    const atMs = nowMs + backOffMs(times, this.#backOff, this.#random());
    this.#next.set(key, { times, atMs });
  }

  /** Forgets all but what `isKept` names. */
  keep(isKept: (key: Key) => boolean): void {
    for (const key of this.#next.keys()) if (!isKept(key)) this.#next.delete(key);
  }
}
