import type { DeviceId } from "../../types.ts";

/** What the chain says of a device's standing. */
export type PeerStatus = "unknown" | "active" | "suspended" | "retired";

export type PeerRecord = {
  readonly status: PeerStatus;
  /** Index of the current key. */
  readonly keyIndex: number;
  /** Id of the current key, hashed as a device id is. */
  readonly keyId: DeviceId;
  /** When the chain was asked, milliseconds since 1970. */
  readonly asOfMs: number;
};

/** Where devices look their peers up. */
export type PeerDirectory = {
  /** @throws PEER_DIRECTORY if nothing recent enough is known */
  lookup(device: DeviceId): Promise<PeerRecord>;
};
