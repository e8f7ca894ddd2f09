import { z } from "zod";
import { decimalSchema, hexSchema } from "./primitives.ts";

export const checkpointSchema = z.object({
  index: decimalSchema,
  root: hexSchema,
  size: decimalSchema.describe("Number of messages"),
  previous: hexSchema.describe("Commitment of the checkpoint before"),
  epoch: z.number(),
  judgedBlock: decimalSchema,
  state: z
    .enum(["built", "submitted", "sealed", "final"])
    .describe("sealed: in a block; final: in a finalized block"),
  sealedAt: decimalSchema.nullable().describe("Seconds since 1970, the block's time"),
  signers: hexSchema.nullable().describe("Bit i: member i of the committee signed"),
  transaction: hexSchema.nullable(),
  block: decimalSchema.nullable(),
});

export const checkpointMessageSchema = z.object({
  index: decimalSchema.describe("Place of the leaf"),
  device: hexSchema,
  keyIndex: z.number(),
  sequence: decimalSchema,
  root: hexSchema,
  keyType: z.number().nullable(),
  signature: hexSchema.nullable(),
  message: z.string().nullable().describe("As received, base64; null on restricted logs"),
});
