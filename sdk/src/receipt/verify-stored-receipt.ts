import { recoverAddress, type TypedDataDomain } from "ethers";
import { equalBytes } from "../bytes/arrays.ts";
import { hex } from "../bytes/hex.ts";
import { checkpointLeaf } from "../checkpoint/checkpoint-leaf.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { rootFromPath } from "../tree/root-from-path.ts";
import { leafHash } from "../tree/tree-hash.ts";
import { typedDigest } from "../typed/sign-typed.ts";
import { storedTypes } from "../typed/types.ts";
import type { SignedFacts } from "../types.ts";
import type { StoredReceipt } from "./receipt.ts";

/**
 * Checks that a *stored* receipt binds one of the known operators to this very message.
 * @param domain The log's EIP-712 domain, from logDomain
 * @param operators Members of the log's committee
 * @throws RECEIPT_MESSAGE, RECEIPT_SIGNATURE
 */
export function verifyStoredReceipt(
  receipt: StoredReceipt,
  facts: SignedFacts,
  { domain, operators }: { domain: TypedDataDomain; operators: readonly string[] },
): void {
  const isSame =
    receipt.keyIndex === facts.keyIndex &&
    receipt.sequence === facts.sequence &&
    equalBytes(receipt.messageRoot, facts.root);
  const leaf = leafHash(checkpointLeaf(facts));
  const root = rootFromPath(leaf, receipt.index, receipt.size, receipt.path);
  if (!isSame || root === undefined || !equalBytes(root, receipt.root)) {
    throw sdkError("RECEIPT_MESSAGE", "The receipt is not about this message.");
  }
  const { logId, epoch, storedAt, deadline, operator } = receipt;
  const value = { logId, epoch, root: hex(root), storedAt, deadline };
  const digest = typedDigest(1, domain, storedTypes, value);
  const known = operators.some((member) => member.toLowerCase() === operator.toLowerCase());
  if (!known || signerOf(digest, receipt.signature) !== operator.toLowerCase()) {
    throw sdkError("RECEIPT_SIGNATURE", "The receipt is not signed by a known operator.", {
      operator,
    });
  }
}

function signerOf(digest: Uint8Array, signature: Uint8Array): string | undefined {
  try {
    return recoverAddress(hex(digest), hex(signature)).toLowerCase();
  } catch {
    return undefined;
  }
}
