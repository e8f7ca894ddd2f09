import { concatBytes } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { u32, u64 } from "../bytes/integers.ts";
import type { DeviceId, KeyType } from "../types.ts";

/** Algorithm (label 1) as each key type's header writes it: ES256K (−47) and ES256 (−7). */
const algorithms: Readonly<Record<KeyType, string>> = { 1: "0x01382e", 2: "0x0126" };
const map4 = fromHex("0xa4");
/** Content type (label 3) "fieldseal/1", then label 4 and the head of a 20-byte string. */
const contentAndKid = fromHex("0x036b6669656c647365616c2f310454");
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
  return concatBytes(
    map4,
    fromHex(algorithms[keyType]),
    contentAndKid,
    fromHex(device, 20),
    identityLabel,
    u32(keyIndex),
    u64(sequence),
  );
}
