import { concatBytes } from "../bytes/arrays.ts";
import { sha256 } from "../hash/sha256.ts";
import type { PublicKey } from "../types.ts";

/** What stands for a serial number in a manifest: SHA-256 of its UTF-8 text. */
export function serialHash(serial: string): Uint8Array {
  return sha256(new TextEncoder().encode(serial));
}

/**
 * The leaf of a device in its manufacturer's manifest, 97 bytes: SHA-256 of the serial number ‖ key type ‖ x ‖ y.
 * The manifest's root is the RFC 9162 tree hash of these leaves.
 */
export function encodeManifestLeaf(serial: Uint8Array, { keyType, point }: PublicKey): Uint8Array {
  return concatBytes(serial, Uint8Array.of(keyType), point);
}
