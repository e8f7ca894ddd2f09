export * from "./connect-device.ts";
export * from "./file-outbox.ts";
export * from "./node-sha256.ts";
export { signRecoverable } from "./sign-recoverable.ts";
export * from "./verify-signature.ts";
