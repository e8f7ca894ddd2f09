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
import { seededDevice } from "./seeded-keys.ts";

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
  const [, owner = "", , , maker = ""] = chain.accounts;
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
  const { keyType, point } = device.publicKey;
  const { root, path } = placeOf(concatBytes(serial, Uint8Array.of(keyType), point));
  const commit = (uri: string) =>
    send(maker, abi.encodeFunctionData("commitManifest", [root, size, 3, uri]));
  const claim = async () => {
    const deadline = chain.timeS() + aDayS;
    const facts = { device: device.id, owner, home: 1n, manifest: 1n, manufacturer: maker };
    const signed = await signTyped(device.signer, domain, claimTypes, { ...facts, deadline });
    const item = {
      key: keyArgument(device.publicKey),
      serial: hex(serial),
      position,
      path,
      signature: signatureArgument(signed),
    };
    const values = [1n, owner, 1n, deadline, item, "0x"] as const;
    return send(owner, abi.encodeFunctionData("claim", [...values]));
  };
  const vouch = () => {
    const values = [device.id, 0, 2, 0n, chain.timeS() + aDayS, "0x"] as const;
    return send(maker, abi.encodeFunctionData("vouch", [...values]));
  };

  const enrolBatchEach = await enrolMany();
  // The contract's first manifest writes a counter that is zero; the second is like all that follow.
  await commit("");
  return {
    "gas.enrol_batch_each": enrolBatchEach,
    "gas.manifest_commit": await commit("https://maker.example/manifests/0001.csv"),
    "gas.claim": await claim(),
    "gas.vouch": await vouch(),
    "gas.recall_manifest": await send(
      maker,
      abi.encodeFunctionData("recallManifest", [1n, "Battery may overheat: replace it."]),
    ),
  };
}
