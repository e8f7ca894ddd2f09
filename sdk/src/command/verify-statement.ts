import type { TypedDataDomain } from "ethers";
import { sdkError } from "../errors/sdk-error.ts";
import { typedDigest } from "../typed/sign-typed.ts";
import { grantStatementTypes } from "../typed/types.ts";
import { type CommitteeTrust, isQuorum } from "./committee-trust.ts";
import { type GrantStatement, type SignedStatement, statementValue } from "./grant-statement.ts";

/**
 * One operator's signature on a statement.
 * @param domain The log's EIP-712 domain, from logDomain
 * @param sign Signs a digest with the operator's key; 64 (ERC-2098) or 65 bytes
 */
export function signStatement(
  statement: GrantStatement,
  domain: TypedDataDomain,
  sign: (digest: Uint8Array) => Uint8Array,
): Uint8Array {
  return sign(typedDigest(1, domain, grantStatementTypes, statementValue(statement)));
}

/**
 * Checks that enough of the known committee has signed a statement.
 * @param domain The log's EIP-712 domain, from logDomain
 * @throws STATEMENT_COMMITTEE for another log or epoch, STATEMENT_SIGNATURE
 */
export function verifyStatement(
  { statement, signatures }: SignedStatement,
  { domain, trust }: { readonly domain: TypedDataDomain; readonly trust: CommitteeTrust },
): void {
  const { logId, epoch } = statement;
  if (logId !== trust.logId || epoch !== trust.epoch) {
    const details = { logId: logId.toString(), epoch, known: trust.epoch };
    const message = "The statement is of another log or another committee than the device knows.";
    throw sdkError("STATEMENT_COMMITTEE", message, details);
  }
  const said = { domain, types: grantStatementTypes, value: statementValue(statement) };
  if (!isQuorum(trust, signatures, said)) {
    const { threshold } = trust;
    throw sdkError("STATEMENT_SIGNATURE", "Too few of the committee have signed.", { threshold });
  }
}
