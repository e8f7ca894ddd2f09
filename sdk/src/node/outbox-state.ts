import { outboxKey } from "../device/outbox-key.ts";
import type { DeadLetter, OutboxEntry } from "../device/ports.ts";
import type { OutboxRecord } from "./outbox-record.ts";

/** What an outbox's journal adds up to. */
export type OutboxState = {
  readonly pending: Map<string, OutboxEntry>;
  readonly dead: Map<string, DeadLetter>;
};

export function emptyOutboxState(): OutboxState {
  return { pending: new Map(), dead: new Map() };
}

/** Takes one record into account. Any record may come twice: journals overlap after a crash. */
export function applyOutboxRecord(state: OutboxState, record: OutboxRecord): void {
  const key = outboxKey(record);
  switch (record.kind) {
    case "put": {
      const { keyIndex, sequence, root, bytes } = record;
      state.pending.set(key, { keyIndex, sequence, root, bytes });
      return;
    }
    case "remove":
      state.pending.delete(key);
      return;
    case "discard":
      state.dead.delete(key);
      return;
    case "bury": {
      const entry = state.pending.get(key);
      if (entry === undefined) return;
      state.pending.delete(key);
      state.dead.set(key, { ...entry, code: record.code, reason: record.reason });
    }
  }
}

/** The shortest journal that adds up to `state`. */
export function snapshotRecords(state: OutboxState): OutboxRecord[] {
  const records: OutboxRecord[] = [];
  for (const entry of state.pending.values()) records.push({ kind: "put", ...entry });
  for (const { code, reason, keyIndex, sequence, root, bytes } of state.dead.values()) {
    records.push({ kind: "put", keyIndex, sequence, root, bytes });
    records.push({ kind: "bury", keyIndex, sequence, code, reason });
  }
  return records;
}
