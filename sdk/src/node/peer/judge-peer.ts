import { sdkError } from "../../errors/sdk-error.ts";
import { deviceIdOf } from "../../id/device-id.ts";
import type { DeviceId } from "../../types.ts";
import type { PeerDirectory, PeerRecord, PeerStatus } from "./peer-directory.ts";
import type { VerifiedPeer } from "./peer-identity.ts";
import type { PeerClaim } from "./peer-statement.ts";

const refusals = {
  unknown: ["DEVICE_UNKNOWN", "The peer is not enrolled."],
  suspended: ["DEVICE_SUSPENDED", "The peer is suspended."],
  retired: ["DEVICE_RETIRED", "The peer is retired."],
} as const satisfies Record<Exclude<PeerStatus, "active">, readonly [string, string]>;

/** A peer as it was let in: whatever differs later ends its session. */
export type AdmittedPeer = VerifiedPeer & { readonly keyId: DeviceId };

/**
 * Checks that a claim's key is its device's current one, and the device active.
 * @throws PEER_SELF, DEVICE_UNKNOWN, DEVICE_SUSPENDED, DEVICE_RETIRED, PEER_KEY, PEER_DIRECTORY
 */
export async function judgePeer(
  { device, keyIndex, key }: PeerClaim,
  { self, directory }: { readonly self: DeviceId; readonly directory: PeerDirectory },
): Promise<AdmittedPeer> {
  if (device === self) throw sdkError("PEER_SELF", "The peer shows this device's own identity.");
  const peer = { device, keyIndex, keyId: deviceIdOf(key) };
  await recheckPeer(peer, directory);
  return peer;
}

/** Whether a peer still stands as it was let in. @throws as {@link judgePeer} */
export async function recheckPeer(peer: AdmittedPeer, directory: PeerDirectory): Promise<void> {
  const record = await directory.lookup(peer.device);
  refuseFallen(peer, record);
}

function refuseFallen({ device, keyIndex, keyId }: AdmittedPeer, record: PeerRecord): void {
  if (record.status !== "active") {
    const [code, message] = refusals[record.status];
    throw sdkError(code, message, { device });
  }
  if (keyIndex !== record.keyIndex || keyId !== record.keyId) {
    const message = "The peer's key is not the device's current one: rotated out, or a clone's.";
    throw sdkError("PEER_KEY", message, { device, keyIndex, current: record.keyIndex });
  }
}
