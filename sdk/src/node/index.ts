export * from "./connect-device.ts";
export * from "./file-command-journal.ts";
export * from "./file-outbox.ts";
export * from "./node-sha256.ts";
export { type ConnectToPeerOptions, connectToPeer } from "./peer/connect-to-peer.ts";
export {
  type ListenForPeersOptions,
  listenForPeers,
  type PeerListener,
  type PeerListenerLimits,
} from "./peer/listen-for-peers.ts";
export type { PeerConnection } from "./peer/peer-connection.ts";
export type * from "./peer/peer-directory.ts";
export type { PeerIdentity, VerifiedPeer } from "./peer/peer-identity.ts";
export { type RegistryPeersOptions, registryPeers } from "./peer/registry-peers.ts";
export * from "./run-steps.ts";
export * from "./send-command.ts";
export { signRecoverable } from "./sign-recoverable.ts";
export * from "./verify-signature.ts";
