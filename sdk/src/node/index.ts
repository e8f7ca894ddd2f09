export * from "./node-sha256.ts";
export * from "./verify-signature.ts";
