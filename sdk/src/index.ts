export { deviceRegistryAbi } from "./abi/DeviceRegistry.ts";
export { keyVerifiersAbi } from "./abi/KeyVerifiers.ts";
export { readingLogAbi } from "./abi/ReadingLog.ts";
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
export * from "./device/device-client.ts";
export * from "./device/device-client-config.ts";
export * from "./device/device-event.ts";
export * from "./device/memory-outbox.ts";
export * from "./device/mqtt-js.ts";
export type * from "./device/ports.ts";
export * from "./device/refusal.ts";
export * from "./errors/codes.ts";
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
