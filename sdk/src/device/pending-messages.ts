import { outboxKey } from "./outbox-key.ts";
import type { OutboxEntry, OutboxKey } from "./ports.ts";

/** A message without a sufficient receipt. */
export type PendingMessage = {
  readonly entry: OutboxEntry;
  /** How often it was sent or refused since it was last heard of. */
  attempts: number;
  /** When to send it (again). */
  dueMs: number;
  /** Operators whose *stored* receipts were verified. */
  readonly storedBy: Set<string>;
};

/** When each message of the outbox is sent: at most `window` are on their way at a time. */
export class PendingMessages {
  readonly #window: number;
  #waiting = new Map<string, PendingMessage>();
  readonly #flying = new Map<string, PendingMessage>();

  constructor(window: number) {
    this.#window = window;
  }

  get size(): number {
    return this.#waiting.size + this.#flying.size;
  }

  add(entry: OutboxEntry): void {
    const message = { entry, attempts: 0, dueMs: 0, storedBy: new Set<string>() };
    this.#waiting.set(outboxKey(entry), message);
  }

  get(key: OutboxKey): PendingMessage | undefined {
    const name = outboxKey(key);
    return this.#flying.get(name) ?? this.#waiting.get(name);
  }

  delete(key: OutboxKey): void {
    const name = outboxKey(key);
    this.#flying.delete(name);
    this.#waiting.delete(name);
  }

  /** Takes a message off its way until `dueMs`. */
  postpone(message: PendingMessage, dueMs: number): void {
    const name = outboxKey(message.entry);
    message.dueMs = dueMs;
    if (this.#flying.delete(name)) this.#waiting.set(name, message);
  }

  /** What is to be sent now, oldest first; counts as on its way from here on. */
  takeDue(nowMs: number): PendingMessage[] {
    const due = [...this.#flying.values()].filter((message) => message.dueMs <= nowMs);
    for (const [name, message] of this.#waiting) {
      if (this.#flying.size >= this.#window) break;
      if (message.dueMs > nowMs) continue;
      this.#waiting.delete(name);
      this.#flying.set(name, message);
      due.push(message);
    }
    return due;
  }

  /** Nothing is on its way any more: all are due on the next connection, in the order they were. */
  connectionLost(): void {
    for (const message of this.#flying.values()) message.dueMs = 0;
    this.#waiting = new Map([...this.#flying, ...this.#waiting]);
    this.#flying.clear();
  }

  /** When `takeDue` next has something; Infinity if nothing waits. */
  nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#flying.values()) next = Math.min(next, dueMs);
    if (this.#flying.size >= this.#window) return next;
    for (const { dueMs } of this.#waiting.values()) {
      next = Math.min(next, dueMs);
      if (dueMs === 0) break;
    }
    return next;
  }
}
