/** Ordered end of a service: what was started last ends first. */
export class Shutdown {
  readonly #controller = new AbortController();
  readonly #closers: { name: string; close: () => Promise<void> | void }[] = [];
  #ended: Promise<void> | undefined;
  #closing: string | undefined;

  /** Aborts when `end` is called, before the first closer runs. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Name of what is being closed at this moment. */
  get closing(): string | undefined {
    return this.#closing;
  }

  /** Registers what must be closed; closers run one after the other, last registered first. */
  add(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything once; a closer that fails is told to `onError` and does not stop the others. */
  end(onError: (name: string, error: unknown) => void = () => {}): Promise<void> {
    this.#ended ??= this.#close(onError);
    return this.#ended;
  }

  async #close(onError: (name: string, error: unknown) => void): Promise<void> {
    this.#controller.abort();
    for (const { name, close } of this.#closers.reverse()) {
      this.#closing = name;
      try {
        await close();
      } catch (error) {
        onError(name, error);
      }
    }
    this.#closing = undefined;
  }
}
