import { recoverAddress, type TypedDataDomain } from "ethers";
import { concatBytes } from "../bytes/arrays.ts";
import { fromHex, hex } from "../bytes/hex.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { keccak256 } from "../hash/keccak256.ts";
import { typedDigest } from "../typed/sign-typed.ts";
import { type ActionTypes, committeeChangeTypes } from "../typed/types.ts";

/** Most members of a committee, as in ReadingLog. */
export const maxOperators = 31;

/** The committee of a device's home log, as far as the device knows. */
export type CommitteeTrust = {
  readonly logId: bigint;
  readonly epoch: number;
  /** Addresses, strictly ascending. */
  readonly operators: readonly string[];
  /** How many of them must sign. */
  readonly threshold: number;
};

/** The next committee, as ReadingLog's announceCommittee names it. */
export type CommitteeChange = Pick<CommitteeTrust, "epoch" | "operators" | "threshold">;

/**
 * Takes the next committee on the word of a quorum of the present one, over the same
 * `CommitteeChange` that the chain asks for. Keep the answer: a device that starts with an older
 * committee trusts that again.
 * @param domain The log's EIP-712 domain, from logDomain
 * @param signatures 64 (ERC-2098) or 65 bytes each
 * @throws COMMITTEE_CHANGE
 */
export function handOver(
  trust: CommitteeTrust,
  change: CommitteeChange,
  signatures: readonly Uint8Array[],
  domain: TypedDataDomain,
): CommitteeTrust {
  const { epoch, threshold } = change;
  const operators = change.operators.map((operator) => hex(fromHex(operator, 20)));
  if (epoch !== trust.epoch + 1 || !isCommittee(operators, threshold)) {
    const details = { epoch, known: trust.epoch };
    throw sdkError("COMMITTEE_CHANGE", "This is not the next committee.", details);
  }
  const { logId } = trust;
  const value = { logId, epoch, operatorsHash: operatorsHash(operators), threshold };
  if (!isQuorum(trust, signatures, { domain, types: committeeChangeTypes, value })) {
    throw sdkError("COMMITTEE_CHANGE", "No quorum of the present committee has signed.", { epoch });
  }
  return { logId, epoch, operators, threshold };
}

/** keccak256(abi.encodePacked(operators)): Solidity packs the members of an array in 32 bytes each. */
export function operatorsHash(operators: readonly string[]): `0x${string}` {
  const padding = new Uint8Array(12);
  const words = operators.flatMap((operator) => [padding, fromHex(operator, 20)]);
  return hex(keccak256(concatBytes(...words)));
}

/** Something that a committee signs. */
export type CommitteeWord = {
  readonly domain: TypedDataDomain;
  readonly types: ActionTypes;
  readonly value: Readonly<Record<string, unknown>>;
};

/** Whether as many different members have signed as the threshold asks. */
export function isQuorum(
  { operators, threshold }: Pick<CommitteeTrust, "operators" | "threshold">,
  signatures: readonly Uint8Array[],
  { domain, types, value }: CommitteeWord,
): boolean {
  if (signatures.length > maxOperators || threshold < 1) return false;
  const digest = hex(typedDigest(1, domain, types, value));
  const members = new Set(operators.map((operator) => operator.toLowerCase()));
  for (const signature of signatures) members.delete(signerOf(digest, signature));
  return operators.length - members.size >= threshold;
}

/** The account that signed a digest, in lowercase; "" if the signature is none. */
export function signerOf(digest: string, signature: Uint8Array): string {
  try {
    return recoverAddress(digest, hex(signature)).toLowerCase();
  } catch {
    return "";
  }
}

/** By ReadingLog's rules: ascending, no zero; above two thirds when there are more than three. */
function isCommittee(operators: readonly string[], threshold: number): boolean {
  const count = operators.length;
  let last = `0x${"0".repeat(40)}`;
  for (const operator of operators) {
    if (operator <= last) return false;
    last = operator;
  }
  const isThreshold = Number.isInteger(threshold) && threshold >= 1 && threshold <= count;
  return count <= maxOperators && isThreshold && (count <= 3 || 3 * threshold > 2 * count);
}
