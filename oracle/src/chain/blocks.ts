import { FieldsealError } from "@fieldseal/sdk";
import type { Rpc } from "./json-rpc.ts";
import { bigintOf, fieldOf, hexOf, numberOf, quantity } from "./quantities.ts";
import type { BlockRef } from "./types.ts";

export type BlockTag = "latest" | "finalized" | number;

/** A block with what fees need. `baseFeeWei` is undefined before EIP-1559. */
export type Block = BlockRef & { readonly baseFeeWei: bigint | undefined };

/** Reads a block's header; undefined if the client has no such block. */
export async function findBlock(rpc: Rpc, tag: BlockTag): Promise<Block | undefined> {
  const name = typeof tag === "number" ? quantity(tag) : tag;
  const block = await rpc.request("eth_getBlockByNumber", [name, false]);
  if (block === null || block === undefined) return undefined;
  const baseFee = fieldOf(block, "baseFeePerGas");
  return {
    number: numberOf(fieldOf(block, "number")),
    hash: hexOf(fieldOf(block, "hash")),
    timeS: numberOf(fieldOf(block, "timestamp")),
    baseFeeWei: baseFee === undefined || baseFee === null ? undefined : bigintOf(baseFee),
  };
}

/** As `findBlock`, for a block that must be there. @throws CHAIN_RPC */
export async function blockAt(rpc: Rpc, tag: BlockTag): Promise<Block> {
  const block = await findBlock(rpc, tag);
  if (block === undefined) {
    throw new FieldsealError("CHAIN_RPC", `The chain client at ${rpc.place} has no block ${tag}.`);
  }
  return block;
}
