import { z } from "zod";
import { decimalSchema, hexSchema } from "./primitives.ts";

const checkpoint = z.object({
  index: decimalSchema,
  root: hexSchema,
  size: decimalSchema,
  sealedAt: decimalSchema.describe("Seconds since 1970"),
  epoch: z.number(),
  signers: hexSchema,
});

const message = z.object({
  device: hexSchema,
  keyIndex: z.number(),
  sequence: decimalSchema,
  root: hexSchema,
  index: decimalSchema,
  path: z.array(hexSchema),
  keyType: z.number().describe("1 secp256k1, 2 P-256"),
  key: hexSchema,
  signature: hexSchema,
});

const reading = z.object({
  kind: z.number(),
  record: z.number(),
  time: decimalSchema.describe("Milliseconds since 1970, 0 without a clock"),
  metric: z.string(),
  value: decimalSchema,
  salt: hexSchema,
  records: z.number(),
  path: z.array(hexSchema),
  text: z.string().optional(),
  data: hexSchema.optional(),
});

/** A message's proof, without its readings. */
export const messageProofSchema = z.object({
  format: z.literal("fieldseal-proof/1"),
  chainId: z.number(),
  log: hexSchema,
  logId: decimalSchema,
  checkpoint,
  message,
});

/** A reading's proof, as docs/protocol.md writes it. */
export const proofSchema = messageProofSchema.extend({ reading });
