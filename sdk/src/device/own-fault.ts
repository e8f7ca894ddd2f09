import { checkBody } from "../codec/body.ts";
import { decodeMessage } from "../codec/decode-message.ts";
import { sigStructure } from "../codec/sig-structure.ts";
import { errorCode } from "../errors/sdk-error.ts";
import { sha256 } from "../hash/sha256.ts";
import { verifyDigest } from "../keys/verify-digest.ts";
import type { PublicKey } from "../types.ts";

/**
 * What is wrong with a message by the rules that a device can check without the chain: bytes, body, root, signature.
 * @param key the key that should have signed it; undefined if it is no longer at hand
 * @returns the code under which an honest oracle refuses it, undefined if it is sound
 */
export function ownFault(
  bytes: Uint8Array,
  domain: Uint8Array,
  key: PublicKey | undefined,
): string | undefined {
  try {
    const message = decodeMessage(bytes);
    checkBody(message);
    if (key === undefined) return undefined;
    const { signature, device, keyIndex, sequence, root } = message;
    const facts = { keyType: key.keyType, device, keyIndex, sequence, root };
    const isSigned = verifyDigest(key, sha256(sigStructure(facts, domain)), signature);
    return isSigned ? undefined : "SIGNATURE_INVALID";
  } catch (error) {
    return errorCode(error) ?? "MESSAGE_ENCODING";
  }
}
