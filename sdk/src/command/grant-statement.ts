import { hex } from "../bytes/hex.ts";
import { word } from "../bytes/integers.ts";
import type { DeviceId } from "../types.ts";

/** What a log's committee says the chain grants, for a device that cannot ask the chain. Times in seconds since 1970. */
export type GrantStatement = {
  readonly logId: bigint;
  /** Of the committee that signs. */
  readonly epoch: number;
  readonly device: DeviceId;
  /** By whose word; the owner's own for the owner. */
  readonly grantor: `0x${string}`;
  /** An account, or a device's id. */
  readonly commander: `0x${string}`;
  /** Who signs for the commander: the account itself, or the id of the device's current key. */
  readonly signer: `0x${string}`;
  /** Bits of AccessGrants. */
  readonly permissions: bigint;
  /** First second in which it no longer holds, as far as that block says. */
  readonly until: bigint;
  /** The newest block by which it was judged, and when that was seen to be the newest: its own time, or later. */
  readonly block: bigint;
  readonly blockTime: bigint;
  /** The device's challenge, 128 bits, for a device without a clock; else 0. */
  readonly challenge: bigint;
};

/** A statement and the committee's signatures on it, 64 (ERC-2098) or 65 bytes each. */
export type SignedStatement = {
  readonly statement: GrantStatement;
  readonly signatures: readonly Uint8Array[];
};

/** What EIP-712 hashes of a statement, as grantStatementTypes name it. */
export function statementValue(statement: GrantStatement): Readonly<Record<string, unknown>> {
  return { ...statement, challenge: hex(word(statement.challenge)) };
}
