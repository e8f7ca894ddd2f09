export { accessGrantsAbi } from "./abi/AccessGrants.ts";
export { deviceRegistryAbi } from "./abi/DeviceRegistry.ts";
export { keyVerifiersAbi } from "./abi/KeyVerifiers.ts";
export { readingLogAbi } from "./abi/ReadingLog.ts";
export * from "./access/grant-rules.ts";
export * from "./access/permission-text.ts";
export * from "./access/permissions.ts";
export * from "./audit/audit-bundle.ts";
export * from "./audit/audit-finding.ts";
export { canonicalMessage } from "./audit/canonical-message.ts";
export { parseAuditBundle } from "./audit/parse-audit-bundle.ts";
export * from "./audit/verify-audit-bundle.ts";
export * from "./bytes/arrays.ts";
export * from "./bytes/base64.ts";
export * from "./bytes/hex.ts";
export * from "./bytes/integers.ts";
export * from "./checkpoint/checkpoint-commitment.ts";
export * from "./checkpoint/checkpoint-leaf.ts";
export * from "./codec/body.ts";
export * from "./codec/cose-message.ts";
export * from "./codec/decode-message.ts";
export * from "./codec/encrypt-body.ts";
export * from "./codec/json-message.ts";
export * from "./codec/limits.ts";
export * from "./codec/parse-json.ts";
export * from "./codec/protected-header.ts";
export * from "./codec/sig-structure.ts";
export * from "./codec/sign-message.ts";
export { maxCommandLifeS } from "./command/check-command.ts";
export * from "./command/command-content.ts";
export * from "./command/command-envelope.ts";
export {
  type AcceptedCommand,
  type CommandJournal,
  memoryCommandJournal,
} from "./command/command-journal.ts";
export { type CommandOutcome, commandId } from "./command/command-outcome.ts";
export * from "./command/command-receiver.ts";
export {
  type CommitteeChange,
  type CommitteeTrust,
  handOver,
  operatorsHash,
} from "./command/committee-trust.ts";
export * from "./command/create-command.ts";
export * from "./command/grant-statement.ts";
export { decodeSignedStatement, encodeSignedStatement } from "./command/statement-codec.ts";
export * from "./command/verify-statement.ts";
export * from "./device/device-client.ts";
export * from "./device/device-client-config.ts";
export * from "./device/device-event.ts";
export * from "./device/exchange-login.ts";
export * from "./device/memory-outbox.ts";
export * from "./device/mqtt-js.ts";
export type * from "./device/ports.ts";
export * from "./device/refusal.ts";
export * from "./errors/codes.ts";
export type { ErrorEntry } from "./errors/error-entry.ts";
export * from "./errors/fieldseal-error.ts";
export * from "./errors/sdk-error.ts";
export * from "./hash/keccak256.ts";
export * from "./hash/sha256.ts";
export * from "./id/device-id.ts";
export * from "./id/message-domain.ts";
export { curveOrder } from "./keys/curve.ts";
export * from "./keys/generate-key.ts";
export * from "./keys/normalise-low-s.ts";
export * from "./keys/public-key-of.ts";
export * from "./keys/software-signer.ts";
export * from "./keys/verify-digest.ts";
export * from "./leaf/decimal.ts";
export * from "./leaf/encode-leaf.ts";
export {
  decodeMetric,
  encodeMetric,
  maxMetricLength,
  metricText,
  splitMetric,
} from "./leaf/metric.ts";
export * from "./login/login-token.ts";
export * from "./manifest/manifest-leaf.ts";
export type { CallProvider } from "./proof/ask-chain.ts";
export * from "./proof/build-proof.ts";
export * from "./proof/check-proof-offline.ts";
export { parseMessageProof, parseProof } from "./proof/parse-proof.ts";
export * from "./proof/proof-calldata.ts";
export * from "./proof/proof-file.ts";
export * from "./proof/verify-proof.ts";
export * from "./receipt/encode-receipt.ts";
export * from "./receipt/receipt.ts";
export * from "./receipt/receipt-codec.ts";
export * from "./receipt/verify-stored-receipt.ts";
export * from "./senml/pack-of.ts";
export * from "./senml/resolve-pack.ts";
export type { SenmlField, SenmlPack, SenmlRecord } from "./senml/senml-record.ts";
export * from "./topics/topics-of.ts";
export * from "./tree/build-tree.ts";
export * from "./tree/root-from-path.ts";
export * from "./tree/tree-hash.ts";
export * from "./typed/domains.ts";
export * from "./typed/sign-typed.ts";
export * from "./typed/types.ts";
export type * from "./types.ts";
