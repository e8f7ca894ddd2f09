import { concatBytes } from "../bytes/arrays.ts";
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
  return concatBytes(
    context,
    Uint8Array.of(0x58, header.length),
    header,
    Uint8Array.of(0x58, 32),
    domain,
    Uint8Array.of(0x58, 32),
    facts.root,
  );
}
