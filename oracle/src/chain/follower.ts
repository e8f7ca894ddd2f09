import { type DeviceId, FieldsealError } from "@fieldseal/sdk";
import type { Common } from "../internal/common.ts";
import type { Store } from "../store/open-store.ts";
import type { Database } from "../store/schema.ts";
import { type AppliedChange, applyChange, graceEnded, settleHomes } from "./apply-changes.ts";
import { blockAt, findBlock } from "./blocks.ts";
import { changesBetween } from "./chain-changes.ts";
import {
  createDirectory,
  type JudgedBlock,
  type MutableDirectory,
  readDevices,
} from "./directory.ts";
import { endAcceptance } from "./end-acceptance.ts";
import { GrantBook, type GrantUpdates, type KnownGrants } from "./grant-book.ts";
import type { Rpc } from "./json-rpc.ts";
import { isSettled, type NewestView, readNewest } from "./newest-view.ts";
import { onOneEndpoint } from "./on-one-endpoint.ts";
import { readDeviceState } from "./read-device-state.ts";
import type { DeviceChange } from "./registry-changes.ts";
import { writeGrants } from "./stored-grants.ts";
import { readRegistry } from "./stored-registry.ts";
import type { BlockRef, ChainIdentity, DeviceDirectory, DirectoryDevice } from "./types.ts";

export type FollowerOptions = {
  readonly common: Common;
  readonly store: Store;
  readonly rpc: Rpc;
  readonly identity: ChainIdentity;
  /** Block of the registry's deployment: nothing before it is read. */
  readonly deployBlock: number;
  /** The log's grace for messages of a rotated key. */
  readonly graceSeconds: number;
  /** Delay between looks for a new finalized block. */
  readonly pollMs: number;
  /** Delay between looks at the newest block; sessions are cut by what is seen there. */
  readonly lookMs: number;
};

export type Follower = {
  readonly directory: DeviceDirectory;
  /** Grants as of the followed block. */
  readonly grants: KnownGrants;
  /** Grants as of the newest block. */
  readonly newestGrants: () => KnownGrants;
  /** The newest block seen, the followed one before any was. */
  readonly newestBlock: () => JudgedBlock;
  /** Calls `listener` whenever rights may have changed. */
  onChange(listener: () => void): void;
  /** Looks at what happened after the finalized block. @returns delay to the next look, ms */
  look(): Promise<number>;
  /**
   * Follows the registry to the newest finalized block. One process at a time may: the leader.
   * @param store Where what is found is written; the leader's, whose writes hold its term
   * @returns delay to the next step, ms
   */
  step(store?: Store): Promise<number>;
  /** Reads what another process, the one that follows, wrote to the store. Settles when memory is up with the store. */
  refresh(): Promise<void>;
};

/** So many looks are given to clients that are behind before a lower head is believed. */
const patientLooks = 60;

/** Devices whose state is asked for at the same time. */
const parallelReads = 8;

/** What one step found. */
type FollowedChanges = {
  readonly applied: readonly AppliedChange[];
  readonly grants: GrantUpdates;
  readonly times: ReadonlyMap<number, number>;
  readonly target: BlockRef;
};

class ChainFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #directory: MutableDirectory;
  readonly #grants: GrantBook;
  readonly #listeners: (() => void)[] = [];
  #followed: BlockRef | undefined;
  #newest: NewestView | undefined;
  /** Ends when memory is not being changed. */
  #changing: Promise<unknown> = Promise.resolve();
  /** A refresh that has not begun to read. */
  #refreshing: Promise<void> | undefined;
  /** Looks in a row that found a lower head than one before. */
  #lowerLooks = 0;

  constructor(options: FollowerOptions, directory: MutableDirectory, grants: GrantBook) {
    this.#options = options;
    this.#directory = directory;
    this.#grants = grants;
  }

  get grants(): KnownGrants {
    return this.#grants;
  }

  newestGrants = (): KnownGrants => this.#newest?.grants ?? this.#grants;

  newestBlock = (): JudgedBlock => this.#newest?.block ?? this.#directory.judgedBlock();

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async look(): Promise<number> {
    const { rpc, identity, lookMs } = this.#options;
    const followed = this.#followed;
    if (followed === undefined) return lookMs;
    // A head that nobody can confirm for long was none: what it took is looked at anew.
    const before = this.#lowerLooks < patientLooks ? this.#newest : undefined;
    const newest = await onOneEndpoint(rpc, (one) =>
      readNewest(one, identity, followed.number, this.#grants, before),
    );
    this.#lowerLooks = newest === "lower" ? this.#lowerLooks + 1 : 0;
    if (newest === "lower" || newest === before) return lookMs;
    this.#newest = newest;
    this.#directory.see(newest.devices);
    // A block that is lost gives back what it took: nothing that anybody has to be told.
    if (!isSettled(newest, this.#grants)) this.#tell();
    return lookMs;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  get directory(): DeviceDirectory {
    return this.#directory;
  }

  async step(store = this.#options.store): Promise<number> {
    await this.refresh();
    await onOneEndpoint(this.#options.rpc, (rpc) => this.#follow(rpc, store));
    return this.#options.pollMs;
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#alone(() => {
      this.#refreshing = undefined;
      return this.#catchUp();
    });
    return this.#refreshing;
  }

  async #catchUp(): Promise<void> {
    const { store, graceSeconds, common } = this.#options;
    const stored = await readRegistry(store, graceSeconds, this.#followed?.number ?? -1);
    if (stored === undefined) return;
    const { followed, devices, grants } = stored;
    this.#apply(followed, devices, grants);
    common.log.debug({ block: followed.number, devices: devices.length }, "registry read");
  }

  /** Runs `work` when nothing else changes what is known. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#changing.then(work, work);
    this.#changing = run.catch(() => {});
    return run;
  }

  #apply(target: BlockRef, devices: readonly DirectoryDevice[], grants: GrantUpdates): void {
    this.#directory.apply(devices, { number: target.number, timeS: target.timeS });
    this.#grants.apply(grants);
    this.#followed = target;
    this.#options.rpc.endpoints?.anchor(target);
    this.#options.common.metrics.chainFollowedBlock.set(target.number);
    const { grants: changed, revisions, emergencies } = grants;
    if (devices.length + changed.length + revisions.length + emergencies.length > 0) this.#tell();
  }

  async #follow(rpc: Rpc, store: Store): Promise<void> {
    const { identity, deployBlock, common } = this.#options;
    const before = this.#followed;
    const target = await blockAt(rpc, "finalized");
    const from = before === undefined ? deployBlock : before.number + 1;
    if (target.number < from || !(await isSameHistory(rpc, before))) return;
    const changes = await changesBetween(rpc, identity, from, target.number, (block) => {
      if (block < target.number) common.log.info({ block, of: target.number }, "reading the chain");
    });
    const applied = await this.#statesOf(rpc, changes.devices, target.number);
    const grants = await changes.readGrants(target.number);
    const times = await this.#timesOf(rpc, changes.devices);
    await this.#alone(async () => {
      // What was read of the chain begins where another process has been meanwhile.
      if (this.#followed !== before) return;
      const devices = await this.#write(store, { applied, grants, times, target });
      this.#apply(target, devices, grants);
      common.log.debug({ block: target.number, devices: devices.length }, "registry followed");
    });
  }

  async #statesOf(
    rpc: Rpc,
    changes: readonly DeviceChange[],
    block: number,
  ): Promise<AppliedChange[]> {
    const { identity } = this.#options;
    const applied: AppliedChange[] = [];
    for (let i = 0; i < changes.length; i += parallelReads) {
      const slice = changes.slice(i, i + parallelReads).map(async (change) => {
        const state = await readDeviceState(rpc, identity.registry, change.device, block);
        return { change, state };
      });
      applied.push(...(await Promise.all(slice)));
    }
    return applied;
  }

  /** Times of the blocks in which keys were replaced. */
  async #timesOf(rpc: Rpc, changes: readonly DeviceChange[]): Promise<Map<number, number>> {
    const times = new Map<number, number>();
    for (const { keys } of changes) {
      for (const { keyIndex, fromBlock } of keys) {
        if (keyIndex === 0 || times.has(fromBlock)) continue;
        times.set(fromBlock, (await blockAt(rpc, fromBlock)).timeS);
      }
    }
    return times;
  }

  /** Writes tables and followed block. @returns the devices that changed */
  #write(
    store: Store,
    { applied, grants, times, target }: FollowedChanges,
  ): Promise<DirectoryDevice[]> {
    const { graceSeconds, identity } = this.#options;
    const before = this.#followed;
    return store.write(async (db) => {
      const ended = new Map<DeviceId, number>();
      for (const item of applied) {
        await applyChange(db, item, target.number, (block) => times.get(block) ?? target.timeS);
        ended.set(item.change.device, item.change.firstBlock - 1);
      }
      await writeGrants(db, grants, target.number);
      if (before !== undefined) await this.#addTimed(db, ended, before, target);
      const changed = [...ended.keys()];
      const states = changed.length === 0 ? [] : await readDevices(db, graceSeconds, changed);
      const judged = states.map((device) => ({
        device,
        lastBlock: ended.get(device.device) ?? target.number,
      }));
      await endAcceptance(db, judged, identity.logId, target.timeS);
      await db.deleteFrom("followed").execute();
      const { number, hash, timeS } = target;
      await db.insertInto("followed").values({ number, hash, time_s: timeS }).execute();
      return states;
    }, "following");
  }

  /** Adds what time alone changed: announced homes and ended graces. */
  async #addTimed(
    db: Database,
    ended: Map<DeviceId, number>,
    before: BlockRef,
    target: BlockRef,
  ): Promise<void> {
    const moved = await settleHomes(db, target);
    const { graceSeconds } = this.#options;
    const expired = await graceEnded(db, graceSeconds, before.timeS, target.timeS);
    for (const device of [...moved, ...expired]) {
      if (!ended.has(device)) ended.set(device, before.number);
    }
  }
}

/** @throws CHAIN_HISTORY_CHANGED */
async function isSameHistory(rpc: Rpc, followed: BlockRef | undefined): Promise<boolean> {
  if (followed === undefined) return true;
  const now = await findBlock(rpc, followed.number);
  if (now?.hash === followed.hash) return true;
  // A client that lags has no such block yet; another block in its place is another chain.
  if (now === undefined) return false;
  throw new FieldsealError(
    "CHAIN_HISTORY_CHANGED",
    `Block ${followed.number} was final with hash ${followed.hash} and now has ${now.hash}.`,
    { block: followed.number, followed: followed.hash, found: now.hash },
  );
}

/**
 * Follows the events of registry and grants into the tables `devices`, `device_keys`, `grants` and `followed`, one
 * transaction a step, and keeps both in memory; or, where another process follows, keeps up with those tables. What a later change makes unacceptable is noted on the unsealed messages it concerns.
 */
export async function createFollower(options: FollowerOptions): Promise<Follower> {
  const start = { number: Math.max(0, options.deployBlock - 1), timeS: 0 };
  const follower = new ChainFollower(options, createDirectory(start), new GrantBook());
  await follower.refresh();
  return follower;
}
