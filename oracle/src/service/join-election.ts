import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../config/read-settings.ts";
import { createPostgresElection } from "../election/postgres-election.ts";
import { soleProcess } from "../election/sole-process.ts";
import type { Election } from "../election/types.ts";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import { defaultWorker, workerOf } from "./worker-name.ts";

/** The server may need so long to notice that the process which had this name before is gone. */
const patienceMs = 15_000;
const againMs = 500;

/**
 * Takes part in the election of the log's leader; where the store is of one process alone, that leads.
 * @throws WORKER_NAME_TAKEN, DATABASE_UNREACHABLE
 */
export async function joinElection(
  settings: Settings,
  common: Common,
  store: Store,
): Promise<Election> {
  const worker = workerOf(settings) ?? defaultWorker;
  const { database: url } = settings;
  const { clock } = common;
  if (url === undefined) return soleProcess(store, worker, clock.nowMs());
  const election = createPostgresElection({ common, store, url, worker });
  const sinceMs = clock.elapsedMs();
  for (;;) {
    try {
      await election.step();
      return election;
    } catch (error) {
      if (clock.elapsedMs() - sinceMs < patienceMs) await delay(againMs);
      else throw error;
    }
  }
}
