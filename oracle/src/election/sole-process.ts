import type { Store } from "../store/open-store.ts";
import { fencedStore } from "./fenced-store.ts";
import { raiseTerm } from "./terms.ts";
import type { Election, Leadership } from "./types.ts";

const idleMs = 60_000;

/** The election of a process that has its store for itself: it leads from beginning to end. */
export async function soleProcess(store: Store, holder: string, nowMs: number): Promise<Election> {
  const ending = new AbortController();
  const { signal } = ending;
  const term = await raiseTerm(store, holder, nowMs);
  const leadership: Leadership = {
    term,
    store: fencedStore(store, term, () => ending.abort()),
    signal,
  };
  return {
    worker: holder,
    held: () => (signal.aborted ? undefined : leadership),
    step: async () => idleMs,
    trouble: () => undefined,
    onChange: (listener) => signal.addEventListener("abort", listener),
    async stop() {
      ending.abort();
    },
  };
}
