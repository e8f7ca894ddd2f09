import { type DeviceId, deviceIdOf, FieldsealError, publicKeyOf } from "@fieldseal/sdk";
import type { DeviceKey } from "../files/key-file.ts";
import type { ChainDevice, RegistrySession } from "../network/registry-session.ts";

/** @throws KEY_FILE_STALE when the file's key is not the current one */
export function refuseStaleKey(key: DeviceKey, chain: ChainDevice, file: string): void {
  if (deviceIdOf(publicKeyOf(key.keyType, key.secret)) === chain.keyId) return;
  throw new FieldsealError(
    "KEY_FILE_STALE",
    `${file} holds key ${key.keyIndex} of ${key.device}; the registry's current key has index ${chain.keyIndex}.`,
  );
}

/** The next nonce of the CLI's lane, lane 0: the counter itself. */
export async function currentNonce(session: RegistrySession, device: DeviceId): Promise<bigint> {
  const [counter] = await session.call("nonceOf", [device, 0]);
  return BigInt(counter);
}
