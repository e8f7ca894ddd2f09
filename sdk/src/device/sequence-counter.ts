import type { Outbox } from "./ports.ts";

const maxMessage = 0xffff_ffff;

/**
 * Hands out sequences: the boot counter in the high 32 bits, a message counter from 1 in the low,
 * one for each key index. A boot counter is taken from the outbox before the first message, so
 * neither a restart nor a change of keys to and fro brings a sequence back.
 */
export class SequenceCounter {
  readonly #outbox: Outbox;
  #boot: number;
  readonly #last = new Map<number, number>();

  private constructor(outbox: Outbox, boot: number) {
    this.#outbox = outbox;
    this.#boot = boot;
  }

  /** @throws OUTBOX_EXHAUSTED, OUTBOX_FAILED */
  static async start(outbox: Outbox): Promise<SequenceCounter> {
    return new SequenceCounter(outbox, await outbox.nextBoot());
  }

  get boot(): number {
    return this.#boot;
  }

  /** The sequence to use next; the same again until {@link use} is called. */
  async peek(keyIndex: number): Promise<bigint> {
    if ((this.#last.get(keyIndex) ?? 0) >= maxMessage) {
      this.#boot = await this.#outbox.nextBoot();
      this.#last.clear();
    }
    return (BigInt(this.#boot) << 32n) | BigInt((this.#last.get(keyIndex) ?? 0) + 1);
  }

  /** Marks a sequence as used, whether or not its message was kept. */
  use(keyIndex: number, sequence: bigint): void {
    this.#last.set(keyIndex, Number(sequence & 0xffff_ffffn));
  }
}
