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
  const { operator } = receipt;
  const known = operators.some((member) => member.toLowerCase() === operator.toLowerCase());
  if (!known || signerOf(receipt, domain) !== operator.toLowerCase()) {
    throw sdkError("RECEIPT_SIGNATURE", "The receipt is not signed by a known operator.", {
      operator,
    });
  }
}

/** The claim recovered last: a commit's receipts carry the same one, and to recover it takes milliseconds. */
let last: { readonly claim: string; readonly signer: string | undefined } | undefined;

function signerOf(receipt: StoredReceipt, domain: TypedDataDomain): string | undefined {
  const { logId, epoch, storedAt, deadline } = receipt;
  const value = { logId, epoch, root: hex(receipt.root), storedAt, deadline };
  const signature = hex(receipt.signature);
  const { name, version, chainId, verifyingContract, salt } = domain;
  const place = [name, version, chainId, verifyingContract, salt];
  const claim = [...place, ...Object.values(value), signature].map(String).join("\n");
  if (last?.claim !== claim) last = { claim, signer: recovered(domain, value, signature) };
  return last.signer;
}

function recovered(
  domain: TypedDataDomain,
  value: Record<string, unknown>,
  signature: string,
): string | undefined {
  const digest = typedDigest(1, domain, storedTypes, value);
  try {
    return recoverAddress(hex(digest), signature).toLowerCase();
  } catch {
    return undefined;
  }
}
