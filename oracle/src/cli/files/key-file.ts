import { existsSync, readFileSync } from "node:fs";
import {
  type DeviceId,
  deviceIdOf,
  FieldsealError,
  fromHex,
  hex,
  type KeyType,
  parseDeviceId,
  publicKeyOf,
  type Signer,
  softwareSigner,
} from "@fieldseal/sdk";
import { z } from "zod";
import { createFile } from "./write-file.ts";

/** A device key as the CLI keeps it. The id is the genesis key's, also for later keys. */
export type DeviceKey = {
  readonly device: DeviceId;
  readonly keyIndex: number;
  readonly keyType: KeyType;
  readonly secret: Uint8Array;
};

const keyTypes = { secp256k1: 1, p256: 2 } as const;

/** Names of the key types on the command line and in key files. */
export type KeyTypeName = keyof typeof keyTypes;

export const keyTypeOf = (name: KeyTypeName): KeyType => keyTypes[name];

const schema = z.strictObject({
  format: z.literal("fieldseal-key/1"),
  device: z.string(),
  keyIndex: z.number().int().min(0).max(0xffff_ffff),
  type: z.enum(["p256", "secp256k1"]),
  secret: z.string(),
});

function parseKey(text: string): DeviceKey {
  const { device, keyIndex, type, secret } = schema.parse(JSON.parse(text));
  const key = {
    device: parseDeviceId(device),
    keyIndex,
    keyType: keyTypeOf(type),
    secret: fromHex(secret, 32),
  };
  const ownId = deviceIdOf(publicKeyOf(key.keyType, key.secret));
  if (keyIndex === 0 && ownId !== key.device) {
    throw new Error("the device id is not its genesis key's");
  }
  return key;
}

/**
 * @throws FILE_UNREADABLE when there is no such file
 * @throws KEY_FILE when it is no key file
 */
export function readKeyFile(path: string): DeviceKey {
  if (!existsSync(path)) throw new FieldsealError("FILE_UNREADABLE", `There is no file ${path}.`);
  try {
    return parseKey(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new FieldsealError("KEY_FILE", `${path} holds no device key.`, {}, { cause });
  }
}

/**
 * Writes a key that only its owner may read (mode 0600).
 * @throws FILE_EXISTS rather than overwrite a key
 */
export function writeKeyFile(path: string, key: DeviceKey): void {
  const type = key.keyType === 1 ? "secp256k1" : "p256";
  const content = {
    format: "fieldseal-key/1",
    device: key.device,
    keyIndex: key.keyIndex,
    type,
    secret: hex(key.secret),
  };
  createFile(path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

/** The signer of a key. */
export const signerOf = (key: DeviceKey): Signer => softwareSigner(key.keyType, key.secret);
