import {
  acceptTypes,
  buildTree,
  claimTypes,
  type DeviceId,
  deviceIdOf,
  deviceRegistryAbi,
  encodeManifestLeaf,
  enrolTypes,
  generateKey,
  hex,
  type KeyType,
  leafHash,
  type PublicKey,
  registryDomain,
  rotateTypes,
  type Signer,
  serialHash,
  signTyped,
  softwareSigner,
  transferTypes,
  vetoTypes,
} from "@fieldseal/sdk";
import { Contract, type JsonRpcProvider, Wallet } from "ethers";

export const farDeadline = 4_000_000_000n;

/** A device of a test: its id and its current key. */
export type TestDevice = { readonly id: DeviceId; readonly signer: Signer };

export const keyStruct = ({ keyType, point }: PublicKey) => ({
  keyType,
  x: hex(point.slice(0, 32)),
  y: hex(point.slice(32)),
});

export const signatureStruct = (signature: Uint8Array) => ({
  r: hex(signature.slice(0, 32)),
  s: hex(signature.slice(32)),
});

export function newSigner(keyType: KeyType): Signer {
  return softwareSigner(keyType, generateKey(keyType).secret);
}

/** What an owner does with devices, by transactions of `secret`'s account. */
export function registryActions(
  provider: JsonRpcProvider,
  chainId: bigint,
  address: string,
  secret: string,
) {
  const owner = new Wallet(secret, provider);
  const contract = new Contract(address, deviceRegistryAbi, owner);
  const domain = registryDomain(chainId, address);
  const send = async (name: string, ...args: unknown[]) => {
    const nonce = await provider.getTransactionCount(owner.address, "pending");
    return contract.getFunction(name).send(...args, { nonce, gasLimit: 3_000_000 });
  };
  /** The device signs for this owner: the arguments of `enrol`. */
  const signEnrolment = async (signer: Signer, home: bigint): Promise<unknown[]> => {
    const device = deviceIdOf(signer.publicKey);
    const facts = { device, owner: owner.address, home, deadline: farDeadline };
    const signature = await signTyped(signer, domain, enrolTypes, facts);
    return [keyStruct(signer.publicKey), home, farDeadline, signatureStruct(signature)];
  };
  /** The device signs for its next key: the arguments of `rotate`, as its owner sends them. */
  const signRotation = async (
    device: TestDevice,
    next: Signer,
    keyIndex: number,
    compromised: boolean,
  ): Promise<unknown[]> => {
    const facts = {
      device: device.id,
      compromised,
      nonce: await contract.getFunction("nonceOf")(device.id, 0),
      deadline: farDeadline,
    };
    const { ownerEpoch } = await contract.getFunction("device")(device.id);
    const key = keyStruct(next.publicKey);
    const value = { ...facts, ...key, keyIndex, ownerEpoch };
    const signature = await signTyped(device.signer, domain, rotateTypes, value);
    const rotation = { ...facts, current: keyStruct(device.signer.publicKey), next: key };
    return [rotation, signatureStruct(signature), "0x"];
  };
  return {
    contract,
    send,
    owner: owner.address,
    async enrol(
      keyType: KeyType,
      home: bigint,
      signer: Signer = newSigner(keyType),
    ): Promise<TestDevice> {
      await send("enrol", ...(await signEnrolment(signer, home)));
      return { id: deviceIdOf(signer.publicKey), signer };
    },
    signEnrolment,
    /** Commits a manifest of these devices, serial numbers by position, and claims the one at `position`. */
    async commitAndClaim(signers: readonly Signer[], position: number, home: bigint) {
      const serials = signers.map((_, i) => serialHash(`serial ${i}`));
      const leaves = signers.map((signer, i) =>
        leafHash(encodeManifestLeaf(serials[i] ?? new Uint8Array(32), signer.publicKey)),
      );
      const tree = buildTree(leaves);
      await send("commitManifest", hex(tree.root), signers.length, 3, "");
      const signer = signers[position];
      const serial = serials[position];
      if (signer === undefined || serial === undefined) throw new Error("no such position");
      const manifest = 1n;
      const device = deviceIdOf(signer.publicKey);
      const facts = { device, owner: owner.address, home, manifest, manufacturer: owner.address };
      const word = await signTyped(signer, domain, claimTypes, { ...facts, deadline: farDeadline });
      const item = {
        key: keyStruct(signer.publicKey),
        serial: hex(serial),
        position,
        path: tree.path(position).map(hex),
        signature: signatureStruct(word),
      };
      await send("claim", manifest, owner.address, home, farDeadline, item, "0x");
      return { id: device, signer };
    },
    signRotation,
    async rotate(device: TestDevice, keyIndex: number, compromised: boolean): Promise<TestDevice> {
      const next = newSigner(device.signer.publicKey.keyType);
      await send("rotate", ...(await signRotation(device, next, keyIndex, compromised)));
      return { id: device.id, signer: next };
    },
    /** Device and owner sign the sale to `to`: the arguments of `transfer`, but for the buyer's signature. */
    async signSale(device: TestDevice, to: string): Promise<unknown[]> {
      const { ownerEpoch } = await contract.getFunction("device")(device.id);
      const nonce = await contract.getFunction("nonceOf")(device.id, 0);
      const sale = { device: device.id, to, ownerEpoch, nonce, deadline: farDeadline };
      const word = await signTyped(device.signer, domain, transferTypes, sale);
      const ownerWord = await owner.signTypedData(domain, transferTypes, sale);
      const current = keyStruct(device.signer.publicKey);
      return [device.id, current, to, nonce, farDeadline, signatureStruct(word), ownerWord];
    },
    /** Announces that the device goes on with `next`, which the lost key need not sign. */
    announceKey: (device: DeviceId, next: Signer, compromised: boolean) =>
      send("announceKeyRecovery", device, keyStruct(next.publicKey), compromised),
    announceTransfer: (device: TestDevice, to: string) =>
      send("announceTransfer", device.id, keyStruct(device.signer.publicKey), to),
    /** The arguments of `completeKeyRecovery`. */
    keyRecovery: (lost: TestDevice, next: Signer) => [
      lost.id,
      keyStruct(lost.signer.publicKey),
      keyStruct(next.publicKey),
    ],
    /** The device forbids what is announced: the arguments of `veto`, which anybody may send. */
    async signVeto({ id: device, signer }: TestDevice): Promise<unknown[]> {
      const { ownerEpoch } = await contract.getFunction("device")(device);
      const nonce = await contract.getFunction("nonceOf")(device, 0);
      const { id: recovery } = await contract.getFunction("recoveryOf")(device);
      const value = { device, recovery, ownerEpoch, nonce, deadline: farDeadline };
      const word = await signTyped(signer, domain, vetoTypes, value);
      return [device, keyStruct(signer.publicKey), nonce, farDeadline, signatureStruct(word)];
    },
    /** The buyer's signature on the same sale to himself. */
    async signPurchase(device: DeviceId): Promise<string> {
      const { ownerEpoch } = await contract.getFunction("device")(device);
      const nonce = await contract.getFunction("nonceOf")(device, 0);
      const sale = { device, to: owner.address, ownerEpoch, nonce, deadline: farDeadline };
      return owner.signTypedData(domain, acceptTypes, sale);
    },
  };
}

export type RegistryActions = ReturnType<typeof registryActions>;
