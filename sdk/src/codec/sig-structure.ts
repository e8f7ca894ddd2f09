import { fromHex } from "../bytes/hex.ts";
import { sdkError } from "../errors/sdk-error.ts";
import type { KeyType, SignedFacts } from "../types.ts";
import { protectedHeader } from "./protected-header.ts";

/** Array of four and the text "Signature1". */
const context = fromHex("0x846a5369676e617475726531");

/**
 * The bytes whose SHA-256 a device signs: COSE's Sig_structure (RFC 9052 section 4.4) of the protected
 * header, the deployment's domain as external_aad, and the root as payload.
 * @throws BYTES_FORMAT
 */
export function sigStructure(
  facts: SignedFacts & { readonly keyType: KeyType },
  domain: Uint8Array,
): Uint8Array {
  if (domain.length !== 32 || facts.root.length !== 32) {
    throw sdkError("BYTES_FORMAT", "Domain and root are 32 bytes each.");
  }
  const header = protectedHeader(facts.keyType, facts.device, facts.keyIndex, facts.sequence);
  const end = context.length + 2 + header.length;
  const bytes = new Uint8Array(end + 68);
  bytes.set(context);
  bytes[context.length] = 0x58;
  bytes[context.length + 1] = header.length;
  bytes.set(header, context.length + 2);
  bytes[end] = 0x58;
  bytes[end + 1] = 32;
  bytes.set(domain, end + 2);
  bytes[end + 34] = 0x58;
  bytes[end + 35] = 32;
  bytes.set(facts.root, end + 36);
  return bytes;
}
