import type { DeviceId, SignedFacts } from "@fieldseal/sdk";

/** A device id as the store holds it: 20 bytes. */
export function deviceBlob(device: DeviceId): Buffer {
  return Buffer.from(device.slice(2), "hex");
}

export function deviceOfBlob(blob: Uint8Array): DeviceId {
  return `0x${bufferOf(blob).toString("hex")}`;
}

/** A sequence as the store holds it: 8 bytes big-endian, so that it sorts and no digit is lost. */
export function sequenceBlob(sequence: bigint): Buffer {
  const blob = Buffer.allocUnsafe(8);
  blob.writeBigUInt64BE(sequence);
  return blob;
}

export function sequenceOfBlob(blob: Uint8Array): bigint {
  return bufferOf(blob).readBigUInt64BE();
}

/** The columns that hold a message's signed facts. */
export type FactsRow = {
  readonly device: Uint8Array;
  readonly key_index: number;
  readonly sequence: Uint8Array;
  readonly root: Uint8Array;
};

export function factsOfRow(row: FactsRow): SignedFacts {
  return {
    device: deviceOfBlob(row.device),
    keyIndex: row.key_index,
    sequence: sequenceOfBlob(row.sequence),
    root: row.root,
  };
}

/** A message's checkpoint leaf, straight from its columns: device ‖ key index ‖ sequence ‖ root, 64 bytes. */
export function leafOfRow(row: FactsRow): Buffer {
  const leaf = Buffer.allocUnsafe(64);
  leaf.set(row.device, 0);
  leaf.writeUInt32BE(row.key_index, 20);
  leaf.set(row.sequence, 24);
  leaf.set(row.root, 32);
  return leaf;
}

/** A message's checkpoint leaf from its facts; as `checkpointLeaf`, many times faster. */
export function leafOfFacts(facts: SignedFacts): Buffer {
  return leafOfRow({
    device: deviceBlob(facts.device),
    key_index: facts.keyIndex,
    sequence: sequenceBlob(facts.sequence),
    root: facts.root,
  });
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
