/** Something that reads from a broker and can be told not to. */
export type Reader = { pause(): void; resume(): void };

/**
 * Counts the bytes of messages that were read and have no PUBACK yet, and stops all readers while there are too many:
 * then the broker holds what comes.
 */
export class HeldMessages {
  readonly #maxBytes: number;
  readonly #readers: Iterable<Reader>;
  #bytes = 0;
  #messages = 0;
  #isPaused = false;
  #emptied = () => {};

  /** @param readers Those that read at present */
  constructor(maxBytes: number, readers: Iterable<Reader>) {
    this.#maxBytes = maxBytes;
    this.#readers = readers;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Settles when none is held, at the latest after `mostMs`. */
  async idle(mostMs: number): Promise<void> {
    if (this.#messages === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, mostMs);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  add(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    if (this.#isPaused || this.#bytes <= this.#maxBytes) return;
    this.#isPaused = true;
    for (const reader of this.#readers) reader.pause();
  }

  /** Reading goes on when half of the room is free again. */
  remove(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
    if (this.#messages === 0) this.#emptied();
    if (!this.#isPaused || this.#bytes * 2 > this.#maxBytes) return;
    this.#isPaused = false;
    for (const reader of this.#readers) reader.resume();
  }
}
