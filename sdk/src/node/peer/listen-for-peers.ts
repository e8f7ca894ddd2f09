import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { DeviceClock } from "../../device/ports.ts";
import { sdkError } from "../../errors/sdk-error.ts";
import type { Signer } from "../../types.ts";
import { runSteps } from "../run-steps.ts";
import { createPeerCertificate, maxPeerCertificateLifeS } from "./create-peer-certificate.ts";
import { type PeerConnection, watchPeer } from "./peer-connection.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { type PeerSessionLimits, peerSessions } from "./peer-sessions.ts";
import { peerProtocol, peerTlsOptions } from "./peer-tls.ts";
import { shakeHands } from "./shake-hands.ts";
import { waitingRoom } from "./waiting-room.ts";

export type PeerListenerLimits = PeerSessionLimits & {
  /** Connections of one address that are not let in yet. */
  readonly waitingPerAddress: number;
  /** Longest time until both sides have accepted each other, milliseconds. */
  readonly timeoutMs: number;
};

const defaultLimits: PeerListenerLimits = {
  peers: 256,
  perDevice: 4,
  waitingPerAddress: 8,
  timeoutMs: 10_000,
};

export type ListenForPeersOptions = {
  readonly identity: PeerIdentity;
  readonly directory: PeerDirectory;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: DeviceClock;
  /** Called for each peer once both sides have accepted each other. */
  readonly onPeer: (connection: PeerConnection) => void;
  /** Called with why somebody was not let in, and when no new certificate could be made. */
  readonly onError?: (error: unknown) => void;
  /** Between two looks at the directory for each peer, milliseconds; 10,000 if left out. */
  readonly recheckMs?: number;
  readonly limits?: Partial<PeerListenerLimits>;
};

/** A device that waits for its peers. */
export type PeerListener = {
  readonly port: number;
  /** Goes on with another key, once its rotation is final on chain. */
  rotateTo(signer: Signer, keyIndex: number): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
};

const renewEveryMs = (maxPeerCertificateLifeS * 1000) / 2;
const retryRenewMs = 10_000;
const extraWaiting = 256;

/**
 * Waits for devices to connect, and authenticates each both ways before `onPeer` hears of it.
 * @throws the system's error if it cannot listen there
 */
export async function listenForPeers(options: ListenForPeersOptions): Promise<PeerListener> {
  const { directory, clock, onPeer, onError = () => {}, recheckMs = 10_000 } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const sessions = peerSessions(limits);
  const waiting = waitingRoom(limits.waitingPerAddress);
  const open = new Set<Socket>();
  let { identity } = options;
  let renewMs = 0;

  const server = createServer({
    ...peerTlsOptions(await newCertificate()),
    ALPNProtocols: [peerProtocol],
    requestCert: true,
    // The certificate is judged by the device key in it, not by an authority.
    rejectUnauthorized: false,
    handshakeTimeout: limits.timeoutMs,
  });
  server.maxConnections = limits.peers + extraWaiting;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    if (!waiting.enter(socket)) socket.destroy();
  });
  server.on("tlsClientError", (cause, socket) => {
    // Node reports a handshake that takes too long, and leaves the socket open.
    socket.destroy();
    onError(sdkError("PEER_CONNECT", "A connection did not become a peer's.", {}, cause));
  });
  server.on("secureConnection", (socket) => {
    // Whoever waits learns of it by the close.
    socket.on("error", () => {});
    welcome(socket).catch((error: unknown) => {
      socket.destroy();
      onError(error);
    });
  });

  async function newCertificate() {
    const nowMs = clock.nowMs();
    const certificate = await createPeerCertificate({ identity, nowMs });
    renewMs = nowMs + renewEveryMs;
    return certificate;
  }

  async function renew(): Promise<void> {
    server.setSecureContext(peerTlsOptions(await newCertificate()));
  }

  async function welcome(socket: TLSSocket): Promise<void> {
    const signal = AbortSignal.timeout(limits.timeoutMs);
    const { checkRoom } = sessions;
    const peer = await shakeHands(socket, { identity, directory, clock, checkRoom, signal });
    waiting.leave(socket);
    const watched = watchPeer({ socket, peer, directory, clock, recheckMs });
    sessions.add(watched);
    onPeer(watched.connection);
  }

  async function step(): Promise<number> {
    if (clock.nowMs() >= renewMs) {
      await renew().catch((error: unknown) => {
        renewMs = clock.nowMs() + retryRenewMs;
        onError(error);
      });
    }
    const nextMs = Math.min(await sessions.step(), renewMs - clock.nowMs());
    // A peer let in meanwhile is looked at no later than this.
    return Math.max(0, Math.min(recheckMs, nextMs));
  }

  const port = await listening(server, options);
  const steps = runSteps(step);
  return {
    port,
    async rotateTo(signer, keyIndex) {
      identity = { ...identity, signer, keyIndex };
      await renew();
    },
    async close() {
      await steps.stop();
      const closed = once(server, "close");
      server.close();
      sessions.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function listening(
  server: Server,
  { host, port }: Pick<ListenForPeersOptions, "host" | "port">,
): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
