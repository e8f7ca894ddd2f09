import { concatBytes, utf8 } from "../bytes/arrays.ts";
import { hex } from "../bytes/hex.ts";
import { sdkError } from "../errors/sdk-error.ts";
import { keccak256 } from "../hash/keccak256.ts";
import type { DeviceId, PublicKey } from "../types.ts";

const prefix = utf8("fieldseal/id/1");

/**
 * The id that a key gives: last 20 bytes of keccak("fieldseal/id/1" ‖ key type ‖ x ‖ y).
 * Of a device's first key it is the device id, of any key its key id in the registry.
 * @throws KEY_FORMAT
 */
export function deviceIdOf(key: PublicKey): DeviceId {
  if (key.point.length !== 64 || (key.keyType !== 1 && key.keyType !== 2)) {
    throw sdkError("KEY_FORMAT", "A public key is a type and 64 bytes.", {
      keyType: key.keyType,
      length: key.point.length,
    });
  }
  return hex(keccak256(concatBytes(prefix, Uint8Array.of(key.keyType), key.point)).subarray(12));
}

/** A device id from a text of either case, in lowercase. @throws DEVICE_ID */
export function parseDeviceId(text: string): DeviceId {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw sdkError("DEVICE_ID", "Not a device id.", { text: text.slice(0, 80) });
  }
  return `0x${text.slice(2).toLowerCase()}`;
}

/** The device's DID (ERC-1056 method `ethr`), chain id in hex. */
export function didOf(chainId: bigint, device: DeviceId): string {
  return `did:ethr:0x${chainId.toString(16)}:${device}`;
}
