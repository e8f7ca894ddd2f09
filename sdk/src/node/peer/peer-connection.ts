import type { TLSSocket } from "node:tls";
import type { DeviceClock } from "../../device/ports.ts";
import { FieldsealError } from "../../errors/fieldseal-error.ts";
import { type AdmittedPeer, recheckPeer } from "./judge-peer.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { VerifiedPeer } from "./peer-identity.ts";

/** A connection between two devices that have accepted each other. */
export type PeerConnection = {
  readonly socket: TLSSocket;
  readonly peer: VerifiedPeer;
  /**
   * Resolves when the connection is closed: with the refusal if this side ended it because the peer no longer
   * stands as it was let in, or because nobody could say so; else with undefined.
   */
  readonly ended: Promise<FieldsealError | undefined>;
};

/** A connection and what keeps it honest. */
export type WatchedPeer = {
  readonly connection: PeerConnection;
  /**
   * Looks the peer up again when that is due, and ends the connection if it has fallen.
   * @returns milliseconds until it should be called again
   */
  step(): Promise<number>;
};

export type WatchPeerOptions = {
  readonly socket: TLSSocket;
  readonly peer: AdmittedPeer;
  readonly directory: PeerDirectory;
  readonly clock: DeviceClock;
  /** Between two looks, milliseconds. */
  readonly recheckMs: number;
};

const longestStepMs = 60_000;
/** Silence after which the system asks whether the other side is still there, milliseconds. */
const keepAliveMs = 30_000;

/** Begins to watch a peer just let in. */
export function watchPeer(options: WatchPeerOptions): WatchedPeer {
  const { socket, peer, directory, clock, recheckMs } = options;
  socket.setKeepAlive(true, keepAliveMs);
  let reason: FieldsealError | undefined;
  let dueMs = clock.nowMs() + recheckMs;
  const ended = new Promise<FieldsealError | undefined>((resolve) => {
    socket.once("close", () => resolve(reason));
    if (socket.destroyed) resolve(undefined);
  });
  return {
    connection: { socket, peer: { device: peer.device, keyIndex: peer.keyIndex }, ended },
    async step() {
      if (socket.destroyed) return longestStepMs;
      const nowMs = clock.nowMs();
      // A clock set back far must not put the next look off for as long.
      if (nowMs >= dueMs || dueMs > nowMs + recheckMs) {
        dueMs = nowMs + recheckMs;
        try {
          await recheckPeer(peer, directory);
        } catch (error) {
          reason = error instanceof FieldsealError ? error : undefined;
          socket.destroy();
          return longestStepMs;
        }
      }
      return Math.min(longestStepMs, Math.max(0, dueMs - clock.nowMs()));
    },
  };
}
