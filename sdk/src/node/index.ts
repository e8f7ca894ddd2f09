export * from "./connect-device.ts";
export * from "./file-outbox.ts";
export * from "./node-sha256.ts";
export * from "./verify-signature.ts";
