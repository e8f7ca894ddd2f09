import { fromHex } from "../bytes/hex.ts";
import { writeU32, writeU64 } from "../bytes/integers.ts";
import type { DeviceId, KeyType } from "../types.ts";

/** Algorithm (label 1) as each key type's header writes it: ES256K (−47) and ES256 (−7). */
const algorithms: Readonly<Record<KeyType, string>> = { 1: "01382e", 2: "0126" };
/** Content type (label 3) "fieldseal/1", then label 4 and the head of a 20-byte string. */
const contentAndKid = "036b6669656c647365616c2f310454";
/** A map of four as far as it is the same for every device. */
const starts: Readonly<Record<KeyType, Uint8Array>> = {
  1: fromHex(`0xa4${algorithms[1]}${contentAndKid}`),
  2: fromHex(`0xa4${algorithms[2]}${contentAndKid}`),
};
/** Label −65537 and the head of a 12-byte string. */
const identityLabel = fromHex("0x3a000100004c");

/**
 * The protected header, byte for byte the template of docs/protocol.md: 57 bytes for secp256k1, 56 for P-256.
 * @throws BYTES_FORMAT when a part does not fit
 */
export function protectedHeader(
  keyType: KeyType,
  device: DeviceId,
  keyIndex: number,
  sequence: bigint,
): Uint8Array {
  const start = starts[keyType];
  const header = new Uint8Array(start.length + 20 + identityLabel.length + 12);
  header.set(start);
  header.set(fromHex(device, 20), start.length);
  header.set(identityLabel, start.length + 20);
  writeU32(header, header.length - 12, keyIndex);
  writeU64(header, header.length - 8, sequence);
  return header;
}
