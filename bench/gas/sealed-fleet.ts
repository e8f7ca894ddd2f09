import {
  bodyRoot,
  buildTree,
  checkpointLeaf,
  compareFacts,
  encodeLeaf,
  encodeMetric,
  hex,
  leafHash,
  type MerkleTree,
  messageDomain,
  type ReadingRecord,
  readingSalt,
  type SignedFacts,
  sha256,
  sigStructure,
} from "@fieldseal/sdk";
import { nodeSha256 } from "@fieldseal/sdk/node";
import { toUtf8Bytes } from "ethers";
import { keyArgument, signatureArgument } from "./contract-arguments.ts";
import type { Deployed } from "./deploy-fieldseal.ts";
import { type BenchLog, sealCheckpoint } from "./seal-checkpoint.ts";
import type { SeededDevice } from "./seeded-keys.ts";

/** Messages of the sealed checkpoint, and readings in each: 14 + 3 siblings. */
const fleetMessages = 16_384;
const recordsPerMessage = 8;
const metric = "temperature/Cel";
/** The fleet's metric as contracts take it. */
export const metricArgument = hex(encodeMetric("temperature", "Cel"));

const salt = sha256(toUtf8Bytes("fieldseal bench salt")).subarray(0, 16);
const firstSequence = 1n << 32n;

function recordsOf(message: number): ReadingRecord[] {
  return Array.from({ length: recordsPerMessage }, (_, record) => ({
    kind: 0,
    record,
    timeMs: 1_767_225_600_000n + BigInt(message) * 60_000n + BigInt(record) * 1000n,
    metric,
    value: 21_500_000_000_000_000_000n + BigInt(record) * 10n ** 16n,
  }));
}

/** Our device's messages lie in the middle of others' that are as random to it as a fleet's are. */
function factsOf(device: SeededDevice, own: number): SignedFacts[] {
  const ours = Array.from({ length: own }, (_, i) => ({
    device: device.id,
    keyIndex: 0,
    // Every second sequence, so that there is something to show absent.
    sequence: firstSequence + 2n * BigInt(i),
    root: bodyRoot(salt, recordsOf(i), nodeSha256),
  }));
  const others = Array.from({ length: fleetMessages - own }, (_, i) => {
    const root = nodeSha256(toUtf8Bytes(`message ${i}`));
    return { device: hex(root.subarray(0, 20)), keyIndex: 0, sequence: firstSequence, root };
  });
  return [...ours, ...others].sort(compareFacts);
}

/** Seals a fleet's messages of 8 readings each; answers with proofs of `own` messages of `device`. */
export async function sealFleet(
  deployed: Deployed,
  log: BenchLog,
  device: SeededDevice,
  own: number,
) {
  const facts = factsOf(device, own);
  const leaf = (fact: SignedFacts) => leafHash(checkpointLeaf(fact), nodeSha256);
  const tree = buildTree(facts.map(leaf), nodeSha256);
  const checkpoint = { index: 0n, root: hex(tree.root), size: BigInt(fleetMessages) };
  const { sealed } = await sealCheckpoint(deployed, log, checkpoint);
  const first = facts.findIndex((fact) => fact.device === device.id);
  const domain = messageDomain(deployed.chain.chainId, deployed.registry.address);

  const placeOf = (message: number) => {
    const index = first + message;
    const fact = facts[index];
    if (fact === undefined) throw new Error(`No message ${message}.`);
    return { fact, index: BigInt(index), path: hexPath(tree, index) };
  };
  return {
    /** The reading `record` of the device's message `message`, as IReadingLog.Proof. */
    proof(message: number, record: number) {
      const { fact, index, path } = placeOf(message);
      const { device: id, keyIndex, sequence } = fact;
      const place = { device: id, keyIndex, sequence, index, path };
      return { checkpoint: sealed, message: place, reading: readingArgument(message, record) };
    },
    /** The device's own word for its message, as IReadingLog.DeviceSignature. */
    async word(message: number) {
      const { fact } = placeOf(message);
      const bytes = sigStructure({ ...fact, keyType: device.publicKey.keyType }, domain);
      const signature = await device.signer.sign(bytes, "sha256");
      return { key: keyArgument(device.publicKey), signature: signatureArgument(signature) };
    },
    /** That the device's message between `message` and the next was not sealed, as IReadingLog.Absence. */
    absence(message: number) {
      const neighbours = [placeOf(message), placeOf(message + 1)].map(({ fact, ...place }) => ({
        device: fact.device,
        keyIndex: fact.keyIndex,
        sequence: fact.sequence,
        messageRoot: hex(fact.root),
        ...place,
      }));
      const sequence = (neighbours[0]?.sequence ?? 0n) + 1n;
      return { checkpoint: sealed, device: device.id, keyIndex: 0, sequence, neighbours };
    },
  };
}

const hexPath = (tree: MerkleTree, index: number) => tree.path(index).map(hex);

function readingArgument(message: number, record: number) {
  const records = recordsOf(message);
  const hashes = records.map((entry) => leafHash(encodeLeaf(entry, salt)));
  const reading = records[record];
  if (reading === undefined) throw new Error(`No record ${record}.`);
  return {
    kind: reading.kind,
    record,
    records: records.length,
    time: reading.timeMs,
    metric: metricArgument,
    value: reading.value,
    salt: hex(readingSalt(salt, record)),
    path: hexPath(buildTree(hashes), record),
  };
}
