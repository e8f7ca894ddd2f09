import { constants } from "node:crypto";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { sdkError } from "../../errors/sdk-error.ts";
import type { PeerCertificate } from "./create-peer-certificate.ts";

/** Application protocol (RFC 7301) of this version: other services on the port are never taken for peers. */
export const peerProtocol = "fieldseal-peer/1";

/** TLS 1.3 only, and no session tickets: each connection shows its certificates anew. */
export function peerTlsOptions({ cert, key }: PeerCertificate): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** @throws PEER_CONNECT if the connection is not the full handshake of two peers */
export function checkPeerTls(socket: TLSSocket): void {
  const isPeers =
    socket.getProtocol() === "TLSv1.3" &&
    socket.alpnProtocol === peerProtocol &&
    !socket.isSessionReused();
  if (!isPeers) throw sdkError("PEER_CONNECT", "The other side does not speak as a peer.");
}
