import {
  acceptTypes,
  adoptTypes,
  enrolTypes,
  rotateTypes,
  signTyped,
  transferTypes,
} from "@fieldseal/sdk";
import type { Figures } from "../results/figures.ts";
import { keyArgument, signatureArgument } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";
import { type SeededDevice, seededDevice, seededWallet } from "./seeded-keys.ts";

const aDayS = 86_400n;

/** Whole transactions of each function of DeviceRegistry. P-256 devices where the key does not say otherwise. */
export async function measureRegistry({ chain, registry }: Deployed): Promise<Figures> {
  const { abi, domain } = registry;
  const [, owner = "", relayer = ""] = chain.accounts;
  const send = async (from: string, data: string) =>
    (await chain.send(from, registry.address, data)).gas;

  const enrolment = async (device: SeededDevice, forOwner: string) => {
    const deadline = chain.timeS() + aDayS;
    const value = { device: device.id, owner: forOwner, home: 1n, deadline };
    const signature = await signTyped(device.signer, domain, enrolTypes, value);
    return { value, deadline, signature: signatureArgument(signature) };
  };
  const enrol = async (device: SeededDevice) => {
    const { deadline, signature } = await enrolment(device, owner);
    const key = keyArgument(device.publicKey);
    return send(owner, abi.encodeFunctionData("enrol", [key, 1n, deadline, signature]));
  };
  const enrolFor = async (device: SeededDevice) => {
    const signer = seededWallet("absent owner");
    const { value, deadline, signature } = await enrolment(device, signer.address);
    const adopted = await signer.signTypedData(domain, adoptTypes, value);
    const key = keyArgument(device.publicKey);
    const values = [signer.address, key, 1n, deadline, signature, adopted] as const;
    return send(relayer, abi.encodeFunctionData("enrolFor", [...values]));
  };
  const rotate = async (device: SeededDevice, next: SeededDevice) => {
    const value = {
      device: device.id,
      keyIndex: 1,
      ...keyArgument(next.publicKey),
      compromised: false,
      ownerEpoch: 0,
      nonce: 0n,
      deadline: chain.timeS() + aDayS,
    };
    const signature = await signTyped(device.signer, domain, rotateTypes, value);
    const rotation = {
      device: device.id,
      current: keyArgument(device.publicKey),
      next: keyArgument(next.publicKey),
      compromised: false,
      nonce: 0n,
      deadline: value.deadline,
    };
    const values = [rotation, signatureArgument(signature), "0x"] as const;
    return send(owner, abi.encodeFunctionData("rotate", [...values]));
  };
  const transfer = async (device: SeededDevice) => {
    const deadline = chain.timeS() + aDayS;
    const buyer = seededWallet("buyer");
    const value = { device: device.id, to: buyer.address, ownerEpoch: 0, nonce: 0n, deadline };
    const signature = await signTyped(device.signer, domain, transferTypes, value);
    const key = keyArgument(device.publicKey);
    const word = signatureArgument(signature);
    const accepted = await buyer.signTypedData(domain, acceptTypes, value);
    const values = [device.id, key, buyer.address, 0n, deadline, word, "0x", accepted] as const;
    return send(owner, abi.encodeFunctionData("transfer", [...values]));
  };

  const device = seededDevice(2, "second device");
  const figures = {
    "gas.deploy_registry": registry.gas,
    "gas.enrol_first": await enrol(seededDevice(2, "first device")),
    "gas.enrol": await enrol(device),
    "gas.enrol_secp256k1": await enrol(seededDevice(1, "secp256k1 device")),
    "gas.enrol_for": await enrolFor(seededDevice(2, "adopted device")),
    "gas.set_home": await send(owner, abi.encodeFunctionData("setHome", [device.id, 2n])),
    "gas.suspend": await send(owner, abi.encodeFunctionData("suspend", [device.id])),
    "gas.resume": await send(owner, abi.encodeFunctionData("resume", [device.id])),
    "gas.rotate": await rotate(device, seededDevice(2, "next key")),
    "gas.retire": await send(owner, abi.encodeFunctionData("retire", [device.id])),
  };
  const sold = seededDevice(2, "sold device");
  await enrol(sold);
  return { ...figures, "gas.transfer": await transfer(sold) };
}
