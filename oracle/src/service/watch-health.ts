import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { LeaderView } from "../api/api-context.ts";
import { createReadiness, type Readiness } from "../api/readiness.ts";
import {
  brokerUp,
  chainFollowed,
  diskRoom,
  operatorFunded,
  sealedInTime,
  storeWritable,
  takesPart,
} from "../api/readiness-checks.ts";
import type { OperatorBalance } from "../chain/operator-balance.ts";
import type { Settings } from "../config/read-settings.ts";
import { type ElectedLeader, newestLeader } from "../election/terms.ts";
import type { Election } from "../election/types.ts";
import type { Common } from "../internal/common.ts";
import { openCheckpoints } from "../store/checkpoints.ts";
import type { Store } from "../store/open-store.ts";
import { unsealedMessages } from "../store/unsealed-messages.ts";

export type HealthSources = {
  readonly settings: Settings;
  readonly common: Common;
  readonly store: Store;
  /** When the chain was last followed, finalized and newest block both; elapsed time. */
  readonly followedAtMs: () => number;
  /** How long the chain may be out of sight. */
  readonly unseenMs: number;
  readonly broker: { isUp(): boolean; connected?(): number };
  /** Why the account that pays cannot go on for long; undefined if it can. */
  readonly balanceLow?: () => string | undefined;
  readonly election: Election;
  /** How long ago the directory was last up with what the leader followed; 0 where this process leads. */
  readonly directoryAgeMs: () => number;
};

/** The health of a running service: what `/readyz` says, and the gauges that nobody else sets. */
export type HealthWatch = {
  readonly readiness: Readiness;
  /** Who leads, as last seen. */
  leader(): LeaderView;
  /** Looks once more. @returns milliseconds to the next look */
  step(): Promise<number>;
};

/** Why a balance is no good for long. */
export function balanceReason(balance: OperatorBalance | undefined): string | undefined {
  if (balance?.isLow !== true) return undefined;
  return `the balance pays for ${balance.checkpoints} more checkpoints`;
}

const lookMs = 5000;
const mebibyte = 2 ** 20;

/** Since when the oldest message waits that no checkpoint holds, or the oldest checkpoint that is not final. */
async function oldestWaitingAtMs(store: Store): Promise<number | undefined> {
  const { oldestAtMs } = await unsealedMessages(store, 1);
  const open = await openCheckpoints(store);
  const built = open.filter(({ state }) => state !== "final").map(({ builtAtMs }) => builtAtMs);
  const times = oldestAtMs === undefined ? built : [...built, oldestAtMs];
  return times.length === 0 ? undefined : Math.min(...times);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(
    // A file may go while it is looked at.
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function storeBytes({ engine, read }: Store, folder: string): Promise<number> {
  if (engine === "sqlite") return bytesIn(folder);
  const query = sql<{ bytes: unknown }>`select pg_database_size(current_database()) as bytes`;
  const { rows } = await query.execute(read);
  return Number(rows[0]?.bytes ?? 0);
}

/** Composes the checks of a service. */
export function watchHealth(sources: HealthSources): HealthWatch {
  const { settings, common, store, followedAtMs, broker } = sources;
  const { clock, metrics } = common;
  const { election, directoryAgeMs } = sources;
  let oldestAtMs: number | undefined;
  let newest: ElectedLeader | undefined;
  const readiness = createReadiness({
    common,
    checks: [
      chainFollowed(followedAtMs, clock, sources.unseenMs),
      storeWritable(store, clock),
      brokerUp(() => broker.isUp()),
      takesPart(async () => {
        newest = await newestLeader(store);
        return election.trouble();
      }),
      sealedInTime(
        async () => {
          oldestAtMs = await oldestWaitingAtMs(store);
          return oldestAtMs;
        },
        clock,
        settings.sealOverdueSeconds * 1000,
      ),
      diskRoom(settings.dataFolder, settings.minFreeMebibytes * mebibyte, metrics.storeFree),
      operatorFunded(sources.balanceLow ?? (() => undefined)),
    ],
  });
  const leader = (): LeaderView => {
    const held = election.held();
    const { holder, term } =
      held === undefined
        ? (newest ?? { holder: "", term: 0 })
        : { holder: election.worker, term: held.term };
    return { name: holder, term, here: held !== undefined, directoryAgeMs: directoryAgeMs() };
  };
  return {
    readiness,
    leader,
    async step() {
      await readiness.look();
      const nowMs = clock.nowMs();
      metrics.chainLag.set((clock.elapsedMs() - followedAtMs()) / 1000);
      const ageMs = oldestAtMs === undefined ? 0 : Math.max(0, nowMs - oldestAtMs);
      metrics.oldestUnsealed.set(ageMs / 1000);
      const { here, term } = leader();
      metrics.leaderUp.set(here ? 1 : 0);
      metrics.leaderTerm.set(term);
      metrics.directoryLag.set(directoryAgeMs() / 1000);
      if (broker.connected !== undefined) metrics.brokerConnections.set(broker.connected());
      metrics.storeSize.set(await storeBytes(store, settings.dataFolder));
      return lookMs;
    },
  };
}
