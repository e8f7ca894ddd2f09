import { z } from "zod";
import { decimalSchema, hexSchema } from "./primitives.ts";

export const readingSchema = z.object({
  device: hexSchema,
  keyIndex: z.number(),
  sequence: decimalSchema,
  record: z.number(),
  metric: z.string().describe("Name, then /unit if there is one"),
  kind: z.number().describe("0 number, 1 boolean, 2 SHA-256 of a text, 3 SHA-256 of data"),
  value: decimalSchema.describe("Numbers and booleans times 10^18, digests as they are"),
  text: z.string().nullable().describe("The text behind a digest of kind 2"),
  time: decimalSchema.describe("Milliseconds since 1970 by the device's clock, 0 if it has none"),
  receivedAt: decimalSchema.describe("Milliseconds since 1970"),
  checkpoint: decimalSchema.nullable().describe("Null while it is not sealed"),
});
