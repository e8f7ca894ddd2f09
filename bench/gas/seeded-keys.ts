import {
  type DeviceId,
  deviceIdOf,
  hex,
  type KeyType,
  type PublicKey,
  type Signer,
  sha256,
  softwareSigner,
} from "@fieldseal/sdk";
import { toUtf8Bytes, Wallet } from "ethers";

/** A device key that is the same in every run. */
export type SeededDevice = {
  readonly signer: Signer;
  readonly publicKey: PublicKey;
  readonly id: DeviceId;
};

const secretOf = (name: string) => sha256(toUtf8Bytes(`fieldseal bench ${name}`));

export function seededDevice(keyType: KeyType, name: string): SeededDevice {
  const signer = softwareSigner(keyType, secretOf(name));
  return { signer, publicKey: signer.publicKey, id: deviceIdOf(signer.publicKey) };
}

/** An account that signs typed data. */
export function seededWallet(name: string): Wallet {
  return new Wallet(hex(secretOf(name)));
}

/** Operators in the order of their addresses, as committees list them. */
export function seededOperators(count: number, name: string): Wallet[] {
  return Array.from({ length: count }, (_, i) => seededWallet(`${name} ${i}`)).sort((a, b) =>
    BigInt(a.address) < BigInt(b.address) ? -1 : 1,
  );
}
