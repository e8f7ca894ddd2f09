import { once } from "node:events";
import { connect } from "node:tls";
import type { DeviceClock } from "../../device/ports.ts";
import { sdkError } from "../../errors/sdk-error.ts";
import { parseDeviceId } from "../../id/device-id.ts";
import type { DeviceId } from "../../types.ts";
import { runSteps } from "../run-steps.ts";
import { createPeerCertificate } from "./create-peer-certificate.ts";
import { type PeerConnection, watchPeer } from "./peer-connection.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { peerProtocol, peerTlsOptions } from "./peer-tls.ts";
import { shakeHands } from "./shake-hands.ts";

export type ConnectToPeerOptions = {
  readonly identity: PeerIdentity;
  readonly directory: PeerDirectory;
  /** The device that must answer. */
  readonly device: DeviceId;
  readonly host: string;
  readonly port: number;
  readonly clock: DeviceClock;
  /** Between two looks at the directory while connected, milliseconds; 10,000 if left out. */
  readonly recheckMs?: number;
  /** Longest time until both sides have accepted each other, milliseconds; 10,000 if left out. */
  readonly timeoutMs?: number;
};

/**
 * Connects to a device and authenticates both ways, with no server but the directory. The application's bytes
 * begin after that. The caller closes the socket.
 * @throws PEER_CONNECT, PEER_CERTIFICATE, PEER_EXPIRED, PEER_SIGNATURE, PEER_DEVICE, PEER_SELF, PEER_KEY,
 *   PEER_DIRECTORY, PEER_REFUSED, DEVICE_UNKNOWN, DEVICE_SUSPENDED, DEVICE_RETIRED
 */
export async function connectToPeer(options: ConnectToPeerOptions): Promise<PeerConnection> {
  const {
    identity,
    directory,
    host,
    port,
    clock,
    recheckMs = 10_000,
    timeoutMs = 10_000,
  } = options;
  const expected = parseDeviceId(options.device);
  const signal = AbortSignal.timeout(timeoutMs);
  const certificate = await createPeerCertificate({ identity, nowMs: clock.nowMs() });
  const socket = connect({
    host,
    port,
    ...peerTlsOptions(certificate),
    ALPNProtocols: [peerProtocol],
    // The certificate is judged by the device key in it, not by an authority.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  // Whoever waits learns of it by the close.
  socket.on("error", () => {});
  try {
    await once(socket, "secureConnect", { signal }).catch((cause: unknown) => {
      throw sdkError("PEER_CONNECT", `No peer answers at ${host}:${port}.`, { host, port }, cause);
    });
    const shake = { identity, directory, clock, expected, signal };
    const peer = await shakeHands(socket, shake);
    const watched = watchPeer({ socket, peer, directory, clock, recheckMs });
    const steps = runSteps(watched.step);
    void watched.connection.ended.then(steps.stop);
    return watched.connection;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
