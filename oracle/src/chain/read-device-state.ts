import type { DeviceId } from "@fieldseal/sdk";
import type { DeviceState } from "./apply-changes.ts";
import { callContract } from "./call-contract.ts";
import type { Rpc } from "./json-rpc.ts";
import { hexOf } from "./quantities.ts";
import { registryCalls } from "./registry-changes.ts";
import type { DeviceStatus, Hex } from "./types.ts";

/** By IDeviceRegistry.Status; what was enrolled is never None again. */
const statuses: readonly DeviceStatus[] = ["retired", "active", "suspended", "retired"];

/** A device as the registry answers for block `block`. */
export async function readDeviceState(
  rpc: Rpc,
  registry: Hex,
  device: DeviceId,
  block: number,
): Promise<DeviceState> {
  const [state] = await callContract(rpc, registryCalls, registry, "device", [device], block);
  return {
    owner: hexOf(state.owner),
    status: statuses[Number(state.status)] ?? "retired",
    keyIndex: Number(state.keyIndex),
    ownerEpoch: Number(state.ownerEpoch),
    home: BigInt(state.home),
    pendingHome: BigInt(state.pendingHome),
    pendingHomeAtS: Number(state.pendingHomeAt),
    enrolledBlock: Number(state.enrolledBlock),
    changedAtS: Number(state.changedAt),
  };
}
