import type { DeviceId, Signer } from "../../types.ts";

/** Who a device is to its peers. */
export type PeerIdentity = {
  readonly device: DeviceId;
  /** Index of the signer's key under the device, genesis 0. */
  readonly keyIndex: number;
  /** The device's current key. */
  readonly signer: Signer;
  /** The deployment, from messageDomain: a peer of another one is refused. */
  readonly domain: Uint8Array;
};

/** A peer whose key and status were checked. */
export type VerifiedPeer = {
  readonly device: DeviceId;
  readonly keyIndex: number;
};
