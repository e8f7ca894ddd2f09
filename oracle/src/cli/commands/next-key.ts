import { existsSync } from "node:fs";
import { FieldsealError, generateKey } from "@fieldseal/sdk";
import {
  type DeviceKey,
  type KeyTypeName,
  keyTypeOf,
  readKeyFile,
  writeKeyFile,
} from "../files/key-file.ts";
import type { ChainDevice } from "../network/registry-session.ts";

/**
 * The next key, written before it is used; one that an interrupted change left is taken up again.
 * @throws FILE_EXISTS when the file holds another key
 */
export function nextKey(path: string, chain: ChainDevice, type: KeyTypeName): DeviceKey {
  const keyIndex = chain.keyIndex + 1;
  if (existsSync(path)) {
    const kept = readKeyFile(path);
    if (kept.device === chain.device && kept.keyIndex === keyIndex) return kept;
    throw new FieldsealError("FILE_EXISTS", `${path} holds another key and is not overwritten.`);
  }
  const keyType = keyTypeOf(type);
  const { secret } = generateKey(keyType);
  const key = { device: chain.device, keyIndex, keyType, secret };
  writeKeyFile(path, key);
  return key;
}
