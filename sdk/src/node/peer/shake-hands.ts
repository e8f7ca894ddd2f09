import type { TLSSocket } from "node:tls";
import type { DeviceClock } from "../../device/ports.ts";
import { sdkError } from "../../errors/sdk-error.ts";
import type { DeviceId } from "../../types.ts";
import { type AdmittedPeer, judgePeer } from "./judge-peer.ts";
import type { PeerDirectory } from "./peer-directory.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { checkPeerTls } from "./peer-tls.ts";
import { readPeerCertificate } from "./read-peer-certificate.ts";

const accepted = 0x01;

export type ShakeHandsOptions = {
  readonly identity: PeerIdentity;
  readonly directory: PeerDirectory;
  readonly clock: DeviceClock;
  /** The only device that will do. */
  readonly expected?: DeviceId;
  /** Throws if there is no room for the device. */
  readonly checkRoom?: (device: DeviceId) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
};

/**
 * After the TLS handshake: checks the other side, says so in one byte, and waits for its byte. When it returns,
 * each side has accepted the other and no byte of the application has been read.
 * @throws PEER_CONNECT, PEER_DEVICE, PEER_REFUSED, and what `checkRoom`, readPeerCertificate and judgePeer throw
 */
export async function shakeHands(
  socket: TLSSocket,
  { identity, directory, clock, expected, checkRoom, signal }: ShakeHandsOptions,
): Promise<AdmittedPeer> {
  checkPeerTls(socket);
  // At once: a closed socket no longer tells.
  const certificate = socket.getPeerX509Certificate();
  const answer = readAnswer(socket, signal);
  // Judging may throw first; the answer is then nobody's business.
  answer.catch(() => {});
  const { domain, device: self } = identity;
  const claim = await readPeerCertificate(certificate, { domain, nowMs: clock.nowMs() });
  if (expected !== undefined && claim.device !== expected) {
    const details = { expected, found: claim.device };
    throw sdkError("PEER_DEVICE", "Another device than the one asked for has answered.", details);
  }
  const peer = await Promise.race([judgePeer(claim, { self, directory }), tooLate(signal)]);
  checkRoom?.(peer.device);
  socket.write(Uint8Array.of(accepted));
  await answer;
  return peer;
}

/** A directory that is slow to answer must not keep a stranger's connection open. */
function tooLate(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () =>
      reject(sdkError("PEER_DIRECTORY", "The directory has not answered in time."));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

function readAnswer(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      socket.off("readable", look);
      socket.off("close", refuse);
      signal.removeEventListener("abort", refuse);
    };
    const refuse = () => {
      stop();
      reject(sdkError("PEER_REFUSED", "The peer has not accepted this device."));
    };
    const look = () => {
      const byte: Uint8Array | null = socket.read(1);
      if (byte === null) return;
      stop();
      if (byte[0] === accepted) resolve();
      else refuse();
    };
    if (socket.destroyed || signal.aborted) return refuse();
    socket.on("readable", look);
    socket.on("close", refuse);
    signal.addEventListener("abort", refuse);
    look();
  });
}
