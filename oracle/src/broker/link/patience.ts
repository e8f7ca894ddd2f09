/** Notices when the same thing stays unanswered, without a clock: whoever asks does so at regular times. */
export class Patience {
  readonly #most: number;
  #oldest: object | undefined;
  #looks = 0;

  /** @param most Looks at the same thing after the first that are borne */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param oldest What waits for its answer for longest; undefined if nothing does */
  isOver(oldest: object | undefined): boolean {
    this.#looks = oldest !== undefined && oldest === this.#oldest ? this.#looks + 1 : 0;
    this.#oldest = oldest;
    return this.#looks >= this.#most;
  }
}
