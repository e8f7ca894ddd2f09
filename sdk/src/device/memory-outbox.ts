import { sdkError } from "../errors/sdk-error.ts";
import { outboxKey } from "./outbox-key.ts";
import type { DeadLetter, Outbox, OutboxEntry } from "./ports.ts";

export type MemoryOutboxOptions = {
  /**
   * Boot counters handed out are above this. The caller answers for it that no earlier run of the
   * device used a higher one: a counter it keeps itself, or seconds since 1970 on a device whose
   * clock is right and which starts at most once a second.
   */
  readonly lastBoot: number;
  /** Most messages kept; 1,000 if left out. */
  readonly maxMessages?: number;
};

/** An {@link Outbox} that forgets everything when its process ends: for browsers and for tests. */
export function memoryOutbox({ lastBoot, maxMessages = 1000 }: MemoryOutboxOptions): Outbox {
  let boot = lastBoot;
  const pending = new Map<string, OutboxEntry>();
  const dead = new Map<string, DeadLetter>();
  return {
    async nextBoot() {
      if (boot >= 0xffff_ffff) throw sdkError("OUTBOX_EXHAUSTED", "No boot counter is left.");
      boot += 1;
      return boot;
    },
    async put(entry) {
      if (pending.size >= maxMessages) {
        throw sdkError("OUTBOX_FULL", "The outbox is full.", { messages: pending.size });
      }
      pending.set(outboxKey(entry), entry);
    },
    async remove(key) {
      pending.delete(outboxKey(key));
    },
    async bury(key, code, reason) {
      const name = outboxKey(key);
      const entry = pending.get(name);
      if (entry === undefined) return true;
      if (dead.size >= maxMessages) return false;
      pending.delete(name);
      dead.set(name, { ...entry, code, reason });
      return true;
    },
    entries: () => [...pending.values()],
    deadLetters: () => [...dead.values()],
    async discard(key) {
      dead.delete(outboxKey(key));
    },
    async close() {},
  };
}
