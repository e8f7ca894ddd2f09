import { type TypedDataDomain, TypedDataEncoder } from "ethers";
import { concatBytes } from "../bytes/arrays.ts";
import { fromHex } from "../bytes/hex.ts";
import { keccak256 } from "../hash/keccak256.ts";
import { sha256 } from "../hash/sha256.ts";
import { normaliseLowS } from "../keys/normalise-low-s.ts";
import type { KeyType, Signer } from "../types.ts";
import type { ActionTypes } from "./types.ts";

type TypedValue = Readonly<Record<string, unknown>>;

const encoders = new WeakMap<ActionTypes, TypedDataEncoder>();
const separators = new WeakMap<TypedDataDomain, Uint8Array>();

function encoderOf(types: ActionTypes): TypedDataEncoder {
  const known = encoders.get(types);
  if (known !== undefined) return known;
  const encoder = TypedDataEncoder.from(types);
  encoders.set(types, encoder);
  return encoder;
}

function separatorOf(domain: TypedDataDomain): Uint8Array {
  const known = separators.get(domain);
  if (known !== undefined) return known;
  const separator = fromHex(TypedDataEncoder.hashDomain(domain), 32);
  separators.set(domain, separator);
  return separator;
}

/**
 * The bytes that EIP-712 hashes: 0x1901 ‖ domain separator ‖ struct hash.
 * @param domain not changed afterwards: its separator is remembered with the object
 */
export function typedBytes(
  domain: TypedDataDomain,
  types: ActionTypes,
  value: TypedValue,
): Uint8Array {
  return concatBytes(
    Uint8Array.of(0x19, 0x01),
    separatorOf(domain),
    fromHex(encoderOf(types).hash(value), 32),
  );
}

/** What a key signs of an action: keccak of {@link typedBytes} for key type 1, SHA-256 of it for type 2. */
export function typedDigest(
  keyType: KeyType,
  domain: TypedDataDomain,
  types: ActionTypes,
  value: TypedValue,
): Uint8Array {
  const bytes = typedBytes(domain, types, value);
  return keyType === 1 ? keccak256(bytes) : sha256(bytes);
}

/** Signs an action with a device key; 64 bytes, low-s. */
export async function signTyped(
  signer: Signer,
  domain: TypedDataDomain,
  types: ActionTypes,
  value: TypedValue,
): Promise<Uint8Array> {
  const { keyType } = signer.publicKey;
  const hash = keyType === 1 ? "keccak256" : "sha256";
  return normaliseLowS(keyType, await signer.sign(typedBytes(domain, types, value), hash));
}
