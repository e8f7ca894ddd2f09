import { resolve } from "node:path";
import { type DeviceId, FieldsealError, hex, type PublicKey, parseDeviceId } from "@fieldseal/sdk";
import { type Command, Option } from "commander";
import { type AccountKey, loadAccountKey } from "../../chain/keys.ts";
import { readKeyFile } from "../files/key-file.ts";
import type { CliIo } from "../io.ts";
import { environmentOf } from "../network/environment.ts";
import { type NetworkOptions, networkOptions } from "../network/network-options.ts";
import { openRegistry, type RegistrySession } from "../network/registry-session.ts";
import { resolveNetwork } from "../network/resolve-network.ts";

export type OwnerOptions = NetworkOptions & {
  readonly keyFile?: string;
  readonly json?: boolean;
};

/** Adds what every action of an owner needs. */
export function ownerOptions(command: Command): Command {
  return networkOptions(command, ["rpc", "registry"]).addOption(keyFileOption());
}

/** Where the account's key is. */
export function keyFileOption(): Option {
  const what = "file with the owner's private key (else FIELDSEAL_OWNER_KEY)";
  return new Option("--key-file <file>", what);
}

export type OwnerSession = { readonly session: RegistrySession; readonly owner: AccountKey };

/** Opens the registry and the owner's key. @throws KEY_MISSING, TEST_KEY_ON_PUBLIC_CHAIN, and as openRegistry */
export async function openOwner(io: CliIo, options: OwnerOptions): Promise<OwnerSession> {
  const network = resolveNetwork(io, options);
  const session = await openRegistry(network.need("rpc"), network.need("registry"));
  return { session, owner: accountKey(io, options, session.chainId) };
}

/** The key of the account that acts. @throws KEY_MISSING, KEY_INVALID, TEST_KEY_ON_PUBLIC_CHAIN */
export function accountKey(io: CliIo, { keyFile }: OwnerOptions, chainId: bigint): AccountKey {
  const source = {
    variable: "FIELDSEAL_OWNER_KEY",
    environment: environmentOf(io),
    ...(keyFile === undefined ? {} : { file: resolve(io.cwd, keyFile) }),
  };
  return loadAccountKey(source, chainId);
}

/** The device named as an argument or by its key file. @throws OPTION_MISSING, DEVICE_ID, KEY_FILE */
export function namedDevice(io: CliIo, argument?: string, key?: string): DeviceId {
  if (argument !== undefined) return parseDeviceId(argument);
  if (key !== undefined) return readKeyFile(resolve(io.cwd, key)).device;
  throw new FieldsealError(
    "OPTION_MISSING",
    "Name the device: its id, or --key with its key file.",
  );
}

/** A public key as the contracts take it. */
export function keyArgument({ keyType, point }: PublicKey) {
  return { keyType, x: hex(point.subarray(0, 32)), y: hex(point.subarray(32)) };
}

/** A signature as the contracts take it. */
export function signatureArgument(signature: Uint8Array) {
  return { r: hex(signature.subarray(0, 32)), s: hex(signature.subarray(32)) };
}

/** Until when a signed action may be sent: an hour of block time. */
export async function actionDeadline(session: RegistrySession): Promise<bigint> {
  return (await session.blockTimeS()) + 3600n;
}
