import { enrolTypes, grantManyTypes, permissions, signTyped } from "@fieldseal/sdk";
import { ZeroHash } from "ethers";
import type { Figures } from "../results/figures.ts";
import { callGas } from "./call-gas.ts";
import { keyArgument, signatureArgument } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";
import { seededDevice, seededWallet } from "./seeded-keys.ts";

const aDayS = 86_400n;
const { READ, COMMAND, DELEGATE, EMERGENCY } = permissions;

/** An account that sends nothing. */
const account = (index: number) => seededWallet(`grantee ${index}`).address;

/** Whole transactions of each function of AccessGrants, and its question as a contract asks it. */
export async function measureGrants({ chain, registry, grants }: Deployed): Promise<Figures> {
  const { abi, address, domain } = grants;
  const [, owner = "", relayer = "", , manager = "", responder = ""] = chain.accounts;
  const send = async (by: string, data: string) => (await chain.send(by, address, data)).gas;

  const enrol = async (name: string) => {
    const device = seededDevice(2, name);
    const deadline = chain.timeS() + aDayS;
    const value = { device: device.id, owner, home: 1n, deadline };
    const signed = await signTyped(device.signer, registry.domain, enrolTypes, value);
    const values = [
      keyArgument(device.publicKey),
      1n,
      deadline,
      signatureArgument(signed),
    ] as const;
    await chain.send(
      owner,
      registry.address,
      registry.abi.encodeFunctionData("enrol", [...values]),
    );
    return device.id;
  };
  const from = chain.timeS();
  const until = from + 30n * aDayS;
  const termsOf = (subject: string, grantee: string, bits: bigint) => ({
    subject,
    grantee,
    permissions: bits,
    from,
    until,
    purpose: ZeroHash.replace(/00/g, "a7"),
  });
  const grant = (by: string, subject: string, grantee: string, bits: bigint) =>
    send(by, abi.encodeFunctionData("grant", [termsOf(subject, grantee, bits)]));
  const grantMany = async (subject: string) => {
    const terms = Array.from({ length: 10 }, (_, i) => termsOf(subject, account(100 + i), READ));
    return (await send(owner, abi.encodeFunctionData("grantMany", [terms]))) / terms.length;
  };
  const grantBySignature = async () => {
    const signer = seededWallet("absent grantor");
    const terms = [termsOf(signer.address, account(3), READ)];
    const deadline = chain.timeS() + aDayS;
    const ownerEpochs = [0];
    const value = { grantor: signer.address, terms, ownerEpochs, nonce: 0n, deadline };
    const word = await signer.signTypedData(domain, grantManyTypes, value);
    const values = [signer.address, terms, ownerEpochs, 0n, deadline, word] as const;
    return send(relayer, abi.encodeFunctionData("grantBySignature", [...values]));
  };
  const ask = async (device: string, grantor: string, who: string) => {
    const data = abi.encodeFunctionData("allowed", [device, grantor, who, READ | COMMAND]);
    const { answered, gas } = await callGas(chain, address, data);
    if (!answered) throw new Error("The question was answered wrong.");
    return gas;
  };

  const device = await enrol("granted device");
  const revokeAll = abi.encodeFunctionData("revokeAll", [device]);
  const first = await grant(owner, device, account(1), READ | COMMAND);
  const figures = {
    "gas.deploy_grants": grants.gas,
    "gas.grant": first,
    "gas.grant_again": await grant(owner, device, account(1), READ | COMMAND | DELEGATE),
    "gas.grant_fleet": await grant(owner, owner, account(1), READ | COMMAND),
    "gas.grant_many_10_each": await grantMany(device),
    "gas.grant_by_signature": await grantBySignature(),
    "gas.allowed": await ask(device, owner, account(1)),
    "gas.revoke": await send(owner, abi.encodeFunctionData("revoke", [device, owner, account(1)])),
    "gas.revoke_all_first": await send(owner, revokeAll),
    "gas.revoke_all": await send(owner, revokeAll),
  };
  await grant(owner, device, manager, READ | COMMAND | DELEGATE);
  await grant(owner, device, responder, EMERGENCY);
  const open = abi.encodeFunctionData("openEmergency", [device, owner, ZeroHash]);
  return {
    ...figures,
    "gas.grant_by_delegate": await grant(manager, device, account(2), READ | COMMAND),
    "gas.allowed_delegated": await ask(device, manager, account(2)),
    "gas.open_emergency": await send(responder, open),
    "gas.allowed_in_emergency": await ask(device, owner, responder),
  };
}
