type Waiting<Item> = { items: Item[]; next: number; weight: number };

/** Waiting items by client. Clients take turns, so a long queue of one does not delay the others. */
export class FairQueue<Item> {
  readonly #perClient: number;
  readonly #total: number;
  readonly #weigh: (item: Item) => number;
  /** In the order of their turns. */
  readonly #clients = new Map<string, Waiting<Item>>();
  #length = 0;
  #weight = 0;

  /** @param weigh What an item counts against the limits of each client and of all; 1 if left out */
  constructor(perClient: number, total: number, weigh: (item: Item) => number = () => 1) {
    this.#perClient = perClient;
    this.#total = total;
    this.#weigh = weigh;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false if the client, or all together, have no place left */
  push(client: string, item: Item): boolean {
    const weight = this.#weigh(item);
    if (this.#weight + weight > this.#total) return false;
    const waiting = this.#clients.get(client);
    if (waiting === undefined) {
      this.#clients.set(client, { items: [item], next: 0, weight });
    } else {
      if (waiting.weight + weight > this.#perClient) return false;
      waiting.items.push(item);
      waiting.weight += weight;
    }
    this.#length++;
    this.#weight += weight;
    return true;
  }

  /** The oldest item of the client whose turn it is; its next turn comes after everybody else's. */
  take(): Item | undefined {
    const turn = this.#clients.entries().next();
    if (turn.done) return undefined;
    const [client, waiting] = turn.value;
    const item = waiting.items[waiting.next++];
    this.#clients.delete(client);
    if (item === undefined) return undefined;
    const weight = this.#weigh(item);
    waiting.weight -= weight;
    this.#weight -= weight;
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
