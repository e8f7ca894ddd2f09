import {
  claimTypes,
  concatBytes,
  enrolTypes,
  hex,
  leafHash,
  rootFromPath,
  sha256,
  signTyped,
} from "@fieldseal/sdk";
import { toUtf8Bytes } from "ethers";
import type { Figures } from "../results/figures.ts";
import { keyArgument, signatureArgument } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";
import { type SeededDevice, seededDevice } from "./seeded-keys.ts";

const aDayS = 86_400n;
const batch = 10;
const size = 1_000_000n;
const position = 271_828n;

/** A leaf's place in a tree of a million: twenty siblings, and the root that they lead to. */
function placeOf(leaf: Uint8Array) {
  const path = Array.from({ length: 20 }, (_, i) => sha256(toUtf8Bytes(`bench sibling ${i}`)));
  const root = rootFromPath(leafHash(leaf), position, size, path);
  if (root === undefined) throw new Error("The path does not fit the tree.");
  return { root: hex(root), path: path.map(hex) };
}

/** Whole transactions about many devices: batches, manifests, claims, and what a manufacturer says later. */
export async function measureManifests({ chain, registry }: Deployed): Promise<Figures> {
  const { abi, address, domain } = registry;
  const [, owner = "", , , maker = "", , newcomer = ""] = chain.accounts;
  const send = async (from: string, data: string) => (await chain.send(from, address, data)).gas;

  const enrolment = async (name: string, deadline: bigint) => {
    const { signer, publicKey, id } = seededDevice(2, name);
    const value = { device: id, owner, home: 1n, deadline };
    const signature = signatureArgument(await signTyped(signer, domain, enrolTypes, value));
    return { key: keyArgument(publicKey), signature };
  };
  const enrolMany = async () => {
    const deadline = chain.timeS() + aDayS;
    const names = Array.from({ length: batch }, (_, i) => `batch device ${i}`);
    const items = await Promise.all(names.map((name) => enrolment(name, deadline)));
    const values = [owner, 1n, deadline, items, "0x"] as const;
    return (await send(owner, abi.encodeFunctionData("enrolMany", [...values]))) / batch;
  };

  const device = seededDevice(2, "claimed device");
  const serial = sha256(toUtf8Bytes("bench serial"));
  const listed = (unit: SeededDevice) => {
    const { keyType, point } = unit.publicKey;
    return placeOf(concatBytes(serial, Uint8Array.of(keyType), point));
  };
  const commit = (unit: SeededDevice, uri: string) => {
    const values = [listed(unit).root, size, 3, uri] as const;
    return send(maker, abi.encodeFunctionData("commitManifest", [...values]));
  };
  const claim = async (unit: SeededDevice, manifest: bigint, by: string) => {
    const deadline = chain.timeS() + aDayS;
    const facts = { device: unit.id, owner: by, home: 1n, manifest, manufacturer: maker };
    const signed = await signTyped(unit.signer, domain, claimTypes, { ...facts, deadline });
    const item = {
      key: keyArgument(unit.publicKey),
      serial: hex(serial),
      position,
      path: listed(unit).path,
      signature: signatureArgument(signed),
    };
    const values = [manifest, by, 1n, deadline, item, "0x"] as const;
    return send(by, abi.encodeFunctionData("claim", [...values]));
  };
  const vouch = () => {
    const values = [device.id, 0, 2, 0n, chain.timeS() + aDayS, "0x"] as const;
    return send(maker, abi.encodeFunctionData("vouch", [...values]));
  };

  const enrolBatchEach = await enrolMany();
  // The contract's first manifest writes a counter that is zero; the second is like all that follow.
  await commit(device, "");
  const first = seededDevice(2, "newcomer's device");
  return {
    "gas.enrol_batch_each": enrolBatchEach,
    "gas.manifest_commit": await commit(first, "https://maker.example/manifests/0001.csv"),
    "gas.claim": await claim(device, 1n, owner),
    "gas.claim_first": await claim(first, 2n, newcomer),
    "gas.vouch": await vouch(),
    "gas.recall_manifest": await send(
      maker,
      abi.encodeFunctionData("recallManifest", [1n, "Battery may overheat: replace it."]),
    ),
  };
}
