import { z } from "zod";
import { decimalSchema, hexSchema } from "./primitives.ts";

export const deviceSchema = z.object({
  device: hexSchema,
  owner: hexSchema,
  status: z.enum(["active", "suspended", "retired"]),
  home: decimalSchema.describe("Log that the device sends to, 0 for none"),
  pendingHome: decimalSchema.nullable(),
  pendingHomeAt: decimalSchema.nullable().describe("Seconds since 1970"),
  keyIndex: z.number().describe("Index of the current key"),
  ownerEpoch: z.number(),
  enrolledBlock: decimalSchema,
  changedAt: decimalSchema.describe("Seconds since 1970"),
});

export const deviceDetailSchema = deviceSchema.extend({
  keys: z
    .array(
      z.object({
        keyIndex: z.number(),
        keyType: z.number().describe("1 secp256k1, 2 P-256"),
        key: hexSchema.describe("x and y, 64 bytes"),
        fromBlock: decimalSchema,
        untilBlock: decimalSchema.nullable(),
        compromised: z.boolean(),
      }),
    )
    .describe("Newest first, at most 100"),
  newestReadingAt: decimalSchema.nullable().describe("Milliseconds since 1970"),
  lastReceivedAt: decimalSchema.nullable().describe("Milliseconds since 1970"),
});
