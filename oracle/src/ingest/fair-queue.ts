/** Waiting items by client. Clients take turns, so a long queue of one does not delay the others. */
export class FairQueue<Item> {
  readonly #perClient: number;
  readonly #total: number;
  /** In the order of their turns. */
  readonly #clients = new Map<string, { items: Item[]; next: number }>();
  #length = 0;

  constructor(perClient: number, total: number) {
    this.#perClient = perClient;
    this.#total = total;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false if the client, or all together, have no place left */
  push(client: string, item: Item): boolean {
    const waiting = this.#clients.get(client);
    if (this.#length >= this.#total) return false;
    if (waiting === undefined) {
      this.#clients.set(client, { items: [item], next: 0 });
    } else {
      if (waiting.items.length - waiting.next >= this.#perClient) return false;
      waiting.items.push(item);
    }
    this.#length++;
    return true;
  }

  /** The oldest item of the client whose turn it is; its next turn comes after everybody else's. */
  take(): Item | undefined {
    const turn = this.#clients.entries().next();
    if (turn.done) return undefined;
    const [client, waiting] = turn.value;
    const item = waiting.items[waiting.next++];
    this.#clients.delete(client);
    if (waiting.next < waiting.items.length) {
      if (waiting.next > 64 && waiting.next * 2 > waiting.items.length) {
        waiting.items.splice(0, waiting.next);
        waiting.next = 0;
      }
      this.#clients.set(client, waiting);
    }
    this.#length--;
    return item;
  }
}
