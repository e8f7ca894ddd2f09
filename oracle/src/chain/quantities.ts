import { FieldsealError } from "@fieldseal/sdk";
import type { Hex } from "./types.ts";

/** A JSON-RPC quantity. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** "0x…" in lower case. @throws CHAIN_RPC if the value is no hex string */
export function hexOf(value: unknown): Hex {
  if (typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value)) {
    return `0x${value.slice(2).toLowerCase()}`;
  }
  throw new FieldsealError(
    "CHAIN_RPC",
    "The chain client answered with something that is not hex.",
  );
}

/** A quantity's value. @throws CHAIN_RPC if the value is no hex string */
export const bigintOf = (value: unknown): bigint => BigInt(hexOf(value));

/** A quantity's value, for what stays below 2^53. @throws CHAIN_RPC */
export const numberOf = (value: unknown): number => Number(hexOf(value));

/** Field `name` of a JSON-RPC answer, undefined if there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}
