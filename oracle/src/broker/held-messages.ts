/** Something that reads from a broker and can be told not to. */
export type Reader = { pause(): void; resume(): void };

/**
 * Counts the bytes of messages that were read and have no PUBACK yet, and stops all readers while there are too many:
 * then the broker holds what comes.
 */
export class HeldMessages {
  readonly #maxBytes: number;
  readonly #readers: () => Iterable<Reader>;
  #bytes = 0;
  #isPaused = false;

  constructor(maxBytes: number, readers: () => Iterable<Reader>) {
    this.#maxBytes = maxBytes;
    this.#readers = readers;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#isPaused || this.#bytes <= this.#maxBytes) return;
    this.#isPaused = true;
    for (const reader of this.#readers()) reader.pause();
  }

  /** Reading goes on when half of the room is free again. */
  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (!this.#isPaused || this.#bytes * 2 > this.#maxBytes) return;
    this.#isPaused = false;
    for (const reader of this.#readers()) reader.resume();
  }
}
