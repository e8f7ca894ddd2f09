import type { OutboxKey } from "./ports.ts";

/** A text that names a message of one device. */
export function outboxKey({ keyIndex, sequence }: OutboxKey): string {
  return `${keyIndex}:${sequence}`;
}
