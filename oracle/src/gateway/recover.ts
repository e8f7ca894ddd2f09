import { decodeMessage, fromHex, type OutboxEntry, readBody } from "@fieldseal/sdk";
import type { RawStore } from "./raw-store.ts";

function digestIn(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const { pack } = readBody(decodeMessage(bytes).body);
    const text = pack.find(({ n }) => n === "origin.digest")?.vs;
    return text === undefined ? undefined : fromHex(text, 32);
  } catch {
    return undefined;
  }
}

/**
 * Notes what was put into the outbox just before a crash and not written down any more, so that the source's
 * repetition of it is known for one. At most one message is between the two.
 */
export function recover(store: RawStore, outbox: readonly OutboxEntry[], nowMs: number): number {
  const last = store.lastSequence();
  let found = 0;
  for (const { sequence, bytes } of outbox) {
    if (sequence <= last) continue;
    const digest = digestIn(bytes);
    if (digest === undefined) continue;
    store.advance(digest, sequence, undefined, nowMs);
    found += 1;
  }
  return found;
}
