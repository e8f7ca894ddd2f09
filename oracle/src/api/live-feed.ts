import { listCheckpoints } from "../store/checkpoints.ts";
import type { Store } from "../store/open-store.ts";
import type { LiveHub } from "./live-hub.ts";
import { checkpointView, readingView } from "./views.ts";

const idleMs = 250;
/** Messages told of in one step; in a flood the rest is skipped and said to be. */
const burst = 500;

type Position = { readonly message: number; readonly sealed: number; readonly final: number };

async function newest({ read }: Store): Promise<Position> {
  const message = await read
    .selectFrom("messages")
    .select("id")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  const checkpoint = (states: readonly ("sealed" | "final")[]) =>
    read
      .selectFrom("checkpoints")
      .select("idx")
      .where("state", "in", states)
      .orderBy("idx", "desc")
      .limit(1)
      .executeTakeFirst();
  return {
    message: message?.id ?? 0,
    sealed: (await checkpoint(["sealed", "final"]))?.idx ?? -1,
    final: (await checkpoint(["final"]))?.idx ?? -1,
  };
}

function readingsBetween({ read }: Store, after: number, upTo: number) {
  return read
    .selectFrom("readings")
    .innerJoin("messages", "messages.id", "readings.message_id")
    .selectAll("readings")
    .select([
      "messages.device",
      "messages.key_index",
      "messages.sequence",
      "messages.received_at_ms",
    ])
    .where("messages.id", ">", after)
    .where("messages.id", "<=", upTo)
    .orderBy("messages.id")
    .orderBy("readings.record")
    .execute();
}

/**
 * Tells the live hub of what the store has taken since the last step. It reads the store, so a
 * reading is told of only once it is durable; while nobody listens it reads nothing.
 */
export function createLiveFeed(store: Store, hub: LiveHub) {
  let position: Position | undefined;

  async function tellReadings(from: Position, to: Position): Promise<void> {
    const start = Math.max(from.message, to.message - burst);
    if (start > from.message) {
      hub.publish({ event: "skipped", data: { messages: start - from.message } });
    }
    for (const row of await readingsBetween(store, start, to.message)) {
      hub.publish({ event: "reading", data: readingView(row) });
    }
  }

  async function tellCheckpoints(from: Position, to: Position): Promise<void> {
    if (to.sealed === from.sealed && to.final === from.final) return;
    const limit = Math.min(to.sealed - from.final, burst);
    const rows = await listCheckpoints(store, { before: to.sealed + 1, limit });
    for (const checkpoint of rows.reverse()) {
      const known = checkpoint.state === "final" ? from.final : from.sealed;
      if (checkpoint.index <= known) continue;
      hub.publish({ event: "checkpoint", data: checkpointView(checkpoint) });
    }
  }

  return {
    /** Notes where the store stands, so that what comes after is told. */
    async begin(): Promise<void> {
      if (position !== undefined) return;
      const now = await newest(store);
      position ??= now;
    },

    async step(): Promise<number> {
      const before = position;
      if (hub.clients === 0) {
        position = undefined;
        return idleMs;
      }
      const now = await newest(store);
      position = now;
      if (before === undefined) return idleMs;
      if (now.message > before.message) await tellReadings(before, now);
      await tellCheckpoints(before, now);
      return idleMs;
    },
  };
}
