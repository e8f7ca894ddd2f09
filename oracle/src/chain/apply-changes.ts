import { type DeviceId, fromHex, hex } from "@fieldseal/sdk";
import type { Insertable } from "kysely";
import type { Database, DeviceKeysTable, DevicesTable } from "../store/schema.ts";
import type { DeviceChange, KeyChange } from "./registry-changes.ts";
import type { BlockRef, DeviceStatus, Hex } from "./types.ts";

/** A device as `IDeviceRegistry.device` answers for the block followed. */
export type DeviceState = {
  readonly owner: Hex;
  readonly status: DeviceStatus;
  readonly keyIndex: number;
  readonly ownerEpoch: number;
  readonly home: bigint;
  readonly pendingHome: bigint;
  /** 0 if none is pending. */
  readonly pendingHomeAtS: number;
  readonly enrolledBlock: number;
  readonly changedAtS: number;
};

/** A change with the state that it led to. */
export type AppliedChange = { readonly change: DeviceChange; readonly state: DeviceState };

function deviceRow(
  { change, state }: AppliedChange,
  writtenBlock: number,
): Insertable<DevicesTable> {
  const pending = state.pendingHomeAtS !== 0;
  return {
    device: fromHex(change.device),
    owner: state.owner,
    status: state.status,
    home: state.home.toString(),
    pending_home: pending ? state.pendingHome.toString() : null,
    pending_home_at_s: pending ? state.pendingHomeAtS : null,
    key_index: state.keyIndex,
    owner_epoch: state.ownerEpoch,
    enrolled_block: state.enrolledBlock,
    changed_block: change.lastBlock,
    changed_at_s: state.changedAtS,
    written_block: writtenBlock,
  };
}

async function applyKey(
  db: Database,
  device: Uint8Array,
  key: KeyChange,
  timeOf: (block: number) => number,
): Promise<void> {
  if (key.keyIndex > 0) {
    await db
      .updateTable("device_keys")
      .set({
        until_block: key.fromBlock,
        until_time_s: timeOf(key.fromBlock),
        compromised: key.previousCompromised ? 1 : 0,
      })
      .where("device", "=", device)
      .where("key_index", "=", key.keyIndex - 1)
      .execute();
  }
  const row: Insertable<DeviceKeysTable> = {
    device,
    key_index: key.keyIndex,
    key_type: key.keyType,
    point: key.point,
    from_block: key.fromBlock,
    until_block: null,
    until_time_s: null,
    compromised: 0,
  };
  await db
    .insertInto("device_keys")
    .values(row)
    .onConflict((conflict) => conflict.columns(["device", "key_index"]).doNothing())
    .execute();
}

/**
 * Writes a device's new state and keys.
 * @param writtenBlock The block that is followed from now on
 * @param timeOf Time, in seconds, of a block in which a key ended
 */
export async function applyChange(
  db: Database,
  applied: AppliedChange,
  writtenBlock: number,
  timeOf: (block: number) => number,
): Promise<void> {
  const row = deviceRow(applied, writtenBlock);
  const { device, ...changes } = row;
  await db
    .insertInto("devices")
    .values(row)
    .onConflict((conflict) => conflict.column("device").doUpdateSet(changes))
    .execute();
  for (const key of applied.change.keys) await applyKey(db, device, key, timeOf);
}

/** Puts announced homes into force whose time has come by `block`. @returns the devices that moved */
export async function settleHomes(db: Database, block: BlockRef): Promise<DeviceId[]> {
  const due = await db
    .selectFrom("devices")
    .select(["device", "pending_home", "pending_home_at_s"])
    .where("pending_home_at_s", "is not", null)
    .where("pending_home_at_s", "<=", block.timeS)
    .execute();
  for (const { device, pending_home, pending_home_at_s } of due) {
    await db
      .updateTable("devices")
      .set({
        home: pending_home ?? "0",
        pending_home: null,
        pending_home_at_s: null,
        changed_at_s: pending_home_at_s ?? block.timeS,
        written_block: block.number,
      })
      .where("device", "=", device)
      .execute();
  }
  return due.map(({ device }) => hex(device));
}

/** Devices with a key whose grace ended after `sinceS` and by `untilS`, in seconds of block time. */
export async function graceEnded(
  db: Database,
  graceSeconds: number,
  sinceS: number,
  untilS: number,
): Promise<DeviceId[]> {
  const rows = await db
    .selectFrom("device_keys")
    .select("device")
    .distinct()
    .where("until_time_s", ">=", sinceS - graceSeconds)
    .where("until_time_s", "<", untilS - graceSeconds)
    .execute();
  return rows.map(({ device }) => hex(device));
}
