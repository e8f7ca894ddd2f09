import type { DeviceId } from "@fieldseal/sdk";
import { blockAt } from "./blocks.ts";
import { changesBetween } from "./chain-changes.ts";
import { GrantBook, type KnownGrants, noUpdates } from "./grant-book.ts";
import type { Rpc } from "./json-rpc.ts";
import { readDeviceState } from "./read-device-state.ts";
import type { BlockRef, ChainIdentity, Standing } from "./types.ts";

/** What differs at the newest block from the finalized one. */
export type NewestView = {
  readonly block: BlockRef;
  /** The finalized block that it differs from. */
  readonly finalized: number;
  readonly devices: ReadonlyMap<DeviceId, Standing>;
  readonly grants: KnownGrants;
};

/** Whether nothing is different. */
export const isSettled = ({ devices, grants }: NewestView, base: KnownGrants): boolean =>
  devices.size === 0 && grants === base;

/**
 * Reads what happened after the finalized block `finalized`, anew each time: blocks that are not final may vanish.
 * @param base Grants as of the finalized block
 * @param before The view before; it is returned as it is while nothing is new
 * @returns "lower" if the client's newest block is below that of the view before
 */
export async function readNewest(
  rpc: Rpc,
  identity: ChainIdentity,
  finalized: number,
  base: KnownGrants,
  before: NewestView | undefined,
): Promise<NewestView | "lower"> {
  const { number, hash, timeS } = await blockAt(rpc, "latest");
  if (before?.block.hash === hash && before.finalized === finalized) return before;
  // One of several clients that is behind must not give back what was taken; a shorter fork grows past it soon.
  if (before !== undefined && number < before.block.number) return "lower";
  const devices = new Map<DeviceId, Standing>();
  let grants = base;
  if (number > finalized) {
    const changes = await changesBetween(rpc, identity, finalized + 1, number);
    for (const { device } of changes.devices) {
      devices.set(device, await readDeviceState(rpc, identity.registry, device, number));
    }
    const updates = await changes.readGrants(number);
    if (updates !== noUpdates) {
      const book = new GrantBook(base);
      book.apply(updates);
      grants = book;
    }
  }
  return { block: { number, hash, timeS }, finalized, devices, grants };
}
