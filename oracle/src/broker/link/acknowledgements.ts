type Taken = { readonly messageId: number; isDone: boolean };

/** PUBACK without reason code: the same four bytes in both versions (MQTT 5 section 3.4). */
const pubackHead = 0x4002;

/**
 * PUBACKs in the order in which the messages came, as both versions demand (3.1.1 and 5, section 4.6), however their
 * commits end.
 */
export class Acknowledgements {
  #taken: Taken[] = [];
  #next = 0;

  /** Messages that are not acknowledged yet. */
  get length(): number {
    return this.#taken.length - this.#next;
  }

  /** @returns what to call once the message is safe */
  take(messageId: number): () => void {
    const taken: Taken = { messageId, isDone: false };
    this.#taken.push(taken);
    return () => {
      taken.isDone = true;
    };
  }

  /** The packets of all messages that are done and have none before them that is not; undefined if there are none. */
  flush(): Buffer | undefined {
    let end = this.#next;
    while (this.#taken[end]?.isDone === true) end++;
    if (end === this.#next) return undefined;
    const packets = Buffer.allocUnsafe(4 * (end - this.#next));
    for (let at = 0; this.#next < end; at += 4, this.#next++) {
      packets.writeUInt16BE(pubackHead, at);
      packets.writeUInt16BE(this.#taken[this.#next]?.messageId ?? 0, at + 2);
    }
    if (this.#next > 1024 && this.#next * 2 > this.#taken.length) {
      this.#taken = this.#taken.slice(this.#next);
      this.#next = 0;
    }
    return packets;
  }
}
