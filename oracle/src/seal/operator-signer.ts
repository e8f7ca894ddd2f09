import {
  type ContractDomain,
  checkpointTypes,
  fromHex,
  type GrantStatement,
  hex,
  signStatement,
  storedTypes,
  typedDigest,
} from "@fieldseal/sdk";
import { signRecoverable } from "@fieldseal/sdk/node";
import type { Candidate, Hex } from "../chain/types.ts";

/** What an operator promises with a *stored* receipt; times in seconds. */
export type StoredClaim = {
  readonly logId: bigint;
  readonly epoch: number;
  /** Root over the checkpoint leaves of one group commit, sorted. */
  readonly root: Uint8Array;
  readonly storedAtS: number;
  readonly deadlineS: number;
};

/** The operator's committee key as ingest and sealer use it. Signatures are 65 bytes r ‖ s ‖ v over EIP-712. */
export type OperatorSigner = {
  /** Address of the key, lowercase. */
  readonly operator: Hex;
  signStored(claim: StoredClaim): Promise<Uint8Array>;
  signCheckpoint(logId: bigint, candidate: Candidate): Promise<Uint8Array>;
  signStatement(statement: GrantStatement): Uint8Array;
};

/**
 * An {@link OperatorSigner} over a secret in memory. Deterministic (RFC 6979): the same claim has one signature.
 * @param key Account key of the operator, as `accountKey` reads it
 * @param domain EIP-712 domain of the ReadingLog, from `logDomain`
 */
export function operatorSigner(
  key: { readonly secret: Hex; readonly address: Hex },
  domain: ContractDomain,
): OperatorSigner {
  const secret = fromHex(key.secret, 32);
  const sign = (digest: Uint8Array) => signRecoverable(digest, secret);
  return {
    operator: key.address,
    async signStored({ logId, epoch, root, storedAtS, deadlineS }) {
      const value = { logId, epoch, root: hex(root), storedAt: storedAtS, deadline: deadlineS };
      return sign(typedDigest(1, domain, storedTypes, value));
    },
    async signCheckpoint(logId, candidate) {
      return sign(typedDigest(1, domain, checkpointTypes, { logId, ...candidate }));
    },
    signStatement: (statement) => signStatement(statement, domain, sign),
  };
}
