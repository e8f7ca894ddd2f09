import type { Store } from "../store/open-store.ts";
import { removeBodies } from "../store/remove-bodies.ts";

const dayS = 86_400;
/** Between two slices, so that ingest goes on between them. */
const sliceMs = 20;
const idleMs = 60_000;

/**
 * Removes what messages said when their retention is over. The time is that of the followed block: a clock that is
 * wrong removes nothing.
 * @param days 0 keeps everything
 */
export function createRetention(store: Store, days: number) {
  return {
    /** @returns milliseconds to the next step */
    async step(): Promise<number> {
      if (days === 0) return idleMs;
      const followed = await store.read.selectFrom("followed").select("time_s").executeTakeFirst();
      if (followed === undefined) return idleMs;
      return (await removeBodies(store, followed.time_s - days * dayS)) ? sliceMs : idleMs;
    },
  };
}
