import { concatBytes, utf8 } from "../../bytes/arrays.ts";
import { fromHex, hex } from "../../bytes/hex.ts";
import { readU32, u32, u64 } from "../../bytes/integers.ts";
import { sdkError } from "../../errors/sdk-error.ts";
import type { DeviceId, KeyType, PublicKey } from "../../types.ts";

/** What a device key signs for its peers begins so, and nothing else that it signs does. */
const prefix = utf8("fieldseal/peer/1");

/** What binds a device to the key of one TLS certificate. */
export type PeerStatement = {
  readonly domain: Uint8Array;
  readonly device: DeviceId;
  readonly keyIndex: number;
  /** SHA-256 of the certificate's SubjectPublicKeyInfo in DER. */
  readonly spkiHash: Uint8Array;
  /** End of the certificate's validity, seconds since 1970. */
  readonly notAfterS: number;
};

/**
 * The bytes that a device key signs with SHA-256, 112 long:
 * "fieldseal/peer/1" ‖ domain (32) ‖ device (20) ‖ key index (4) ‖ SHA-256 of the SubjectPublicKeyInfo (32) ‖ validity end (8).
 */
export function peerStatementBytes(statement: PeerStatement): Uint8Array {
  const { domain, device, keyIndex, spkiHash, notAfterS } = statement;
  const id = fromHex(device, 20);
  return concatBytes(prefix, domain, id, u32(keyIndex), spkiHash, u64(BigInt(notAfterS)));
}

/** What a certificate's extension says: which device, under which key, and that key's signature. */
export type PeerClaim = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly key: PublicKey;
  readonly signature: Uint8Array;
};

const claimLength = 153;
// DER: OCTET STRING of 153 bytes.
const header = Uint8Array.of(0x04, 0x81, claimLength);

/** The extension's value: an OCTET STRING of device (20) ‖ key index (4) ‖ key type (1) ‖ x ‖ y (64) ‖ r ‖ s (64). */
export function encodePeerClaim({ device, keyIndex, key, signature }: PeerClaim): Uint8Array {
  const type = Uint8Array.of(key.keyType);
  return concatBytes(header, fromHex(device, 20), u32(keyIndex), type, key.point, signature);
}

/** Reads what {@link encodePeerClaim} writes, and nothing else. @throws PEER_CERTIFICATE */
export function decodePeerClaim(bytes: Uint8Array): PeerClaim {
  const keyType = bytes[27];
  const isClaim =
    bytes.length === header.length + claimLength && header.every((byte, at) => bytes[at] === byte);
  if (!isClaim || (keyType !== 1 && keyType !== 2)) {
    throw sdkError("PEER_CERTIFICATE", "The certificate's extension is not a device's claim.");
  }
  return {
    device: hex(bytes.subarray(3, 23)),
    keyIndex: readU32(bytes, 23),
    key: { keyType: keyType satisfies KeyType, point: bytes.slice(28, 92) },
    signature: bytes.slice(92, 156),
  };
}
