import { sdkError } from "../../errors/sdk-error.ts";
import type { DeviceId } from "../../types.ts";
import type { WatchedPeer } from "./peer-connection.ts";

export type PeerSessionLimits = {
  /** Peers connected at a time. */
  readonly peers: number;
  /** Connections of one device at a time. */
  readonly perDevice: number;
};

/** The connections of a listener. */
export type PeerSessions = {
  /** @throws PEER_BUSY */
  checkRoom(device: DeviceId): void;
  /** @throws PEER_BUSY */
  add(peer: WatchedPeer): void;
  /** Watches over all of them. @returns milliseconds until it should be called again */
  step(): Promise<number>;
  /** Ends all of them. */
  close(): void;
};

export function peerSessions(limits: PeerSessionLimits): PeerSessions {
  const watched = new Set<WatchedPeer>();

  function checkRoom(device: DeviceId): void {
    const same = [...watched].filter((peer) => peer.connection.peer.device === device);
    if (watched.size >= limits.peers || same.length >= limits.perDevice) {
      throw sdkError("PEER_BUSY", "Too many connections already.", { device });
    }
  }

  return {
    checkRoom,
    add(peer) {
      const { ended, peer: who } = peer.connection;
      checkRoom(who.device);
      watched.add(peer);
      void ended.then(() => watched.delete(peer));
    },
    async step() {
      return Math.min(...(await Promise.all([...watched].map((peer) => peer.step()))));
    },
    close() {
      for (const { connection } of watched) connection.socket.destroy();
    },
  };
}
