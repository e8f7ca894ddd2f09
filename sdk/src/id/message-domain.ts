import { concatBytes, utf8 } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { word } from "../bytes/integers.ts";
import { keccak256 } from "../hash/keccak256.ts";

/**
 * What every message's signature covers and no message sends: the deployment,
 * keccak(abi.encode("fieldseal/1", chainId, registry)), 32 bytes.
 * @throws BYTES_FORMAT when `registry` is no address
 */
export function messageDomain(chainId: bigint, registry: string): Uint8Array {
  const text = new Uint8Array(32);
  text.set(utf8("fieldseal/1"));
  const address = new Uint8Array(32);
  address.set(fromHex(registry, 20), 12);
  return keccak256(concatBytes(word(96n), word(chainId), address, word(11n), text));
}
