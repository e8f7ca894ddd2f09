import { z } from "zod";

/** A device id: 0x and 40 hex digits; capital digits are taken and folded. */
export const deviceIdSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "must be 0x and 40 hex digits")
  .describe("Device id, 0x and 40 hex digits");

/** An unsigned integer that can pass 2^53, as decimal text. */
export const uint64Schema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/, "must be an unsigned decimal integer")
  .refine((text) => BigInt(text) < 2n ** 64n, "must fit 64 bits");

/** A key index, as it stands in a path. */
export const keyIndexParameter = z.coerce
  .number()
  .int()
  .min(0)
  .max(0xffff_ffff)
  .describe("Index of the device's key, genesis 0");

/** Index of a record in its message, as it stands in a path. */
export const recordParameter = z.coerce.number().int().min(0).max(63);

/** Index of a checkpoint, as it stands in a path or a query. */
export const checkpointParameter = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Milliseconds since 1970. */
export const timeMsParameter = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Items on one page. */
export const limitParameter = z.coerce.number().int().min(1).max(500).default(100);

/** Where the page before ended; opaque. */
export const cursorParameter = z.string().max(200).optional();

export const hexSchema = z.string().describe("0x and hex digits");

export const decimalSchema = z.string().describe("Integer as decimal text");

/** The answer to everything that fails. */
export const errorSchema = z.object({
  code: z.string().describe("Stable code, see docs/errors.md"),
  message: z.string().describe("One sentence for a person"),
});

/** A page of `item`s, newest first. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe("Cursor of the next page, null on the last one"),
  });
}
