import { listCheckpoints } from "../store/checkpoints.ts";
import type { Store } from "../store/open-store.ts";
import type { LiveHub } from "./live-hub.ts";
import { openReadings } from "./queries/open-readings.ts";
import { checkpointView, readingView } from "./views.ts";

const idleMs = 250;
/** Messages told of in one step; in a flood the rest is skipped and said to be. */
const burst = 500;

/**
 * Ids below the newest that are looked at again: several writers do not commit in the order of their ids.
 */
const window = 2000;

type Position = {
  readonly newest: number;
  /** Ids of the window that are there. */
  readonly known: ReadonlySet<number>;
  readonly sealed: number;
  readonly final: number;
};

async function newest({ read }: Store): Promise<Position> {
  const messages = await read
    .selectFrom("messages")
    .select("id")
    .orderBy("id", "desc")
    .limit(window)
    .execute();
  const checkpoint = (states: readonly ("sealed" | "final")[]) =>
    read
      .selectFrom("checkpoints")
      .select("idx")
      .where("state", "in", states)
      .orderBy("idx", "desc")
      .limit(1)
      .executeTakeFirst();
  return {
    newest: messages[0]?.id ?? 0,
    known: new Set(messages.map(({ id }) => id)),
    sealed: (await checkpoint(["sealed", "final"]))?.idx ?? -1,
    final: (await checkpoint(["final"]))?.idx ?? -1,
  };
}

/**
 * Tells the live hub of what the store has taken since the last step. It reads the store, so a
 * reading is told of only once it is durable; while nobody listens it reads nothing.
 */
export function createLiveFeed(store: Store, hub: Pick<LiveHub, "clients" | "publish">) {
  let position: Position | undefined;

  async function tellReadings(from: Position, to: Position): Promise<void> {
    // What had left the window by the last step is not looked at: it was told of then, or is lost in a flood.
    const oldest = from.newest - window;
    const fresh = [...to.known].filter((id) => id > oldest && !from.known.has(id));
    const told = fresh.slice(0, burst);
    const skipped = Math.max(fresh.length, to.newest - from.newest) - told.length;
    if (skipped > 0 && fresh.length > burst) {
      hub.publish({ event: "skipped", data: { messages: skipped } });
    }
    for (const row of await openReadings(store.read, told)) {
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
      await tellReadings(before, now);
      await tellCheckpoints(before, now);
      return idleMs;
    },
  };
}
