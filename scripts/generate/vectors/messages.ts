import {
  bodyRoot,
  buildTree,
  type DeviceMessage,
  deviceIdOf,
  encodeLeaf,
  hex,
  type KeyType,
  leafHash,
  openBody,
  protectedHeader,
  type Reading,
  type ReadingRecord,
  readingLeafHashes,
  readingSalt,
  sha256,
  signMessage,
  sigStructure,
  utf8,
} from "@fieldseal/sdk";
import { domain, vectorSigner } from "./identities.ts";

/** A message of the vectors with all that leads to its signature. */
export type VectorMessage = {
  readonly name: string;
  readonly keyType: KeyType;
  readonly bytes: Uint8Array;
  readonly message: DeviceMessage;
  readonly salt: Uint8Array;
  readonly records: readonly ReadingRecord[];
};

const time = 1_700_000_000_123;
const readingSets: readonly (readonly [string, readonly Reading[]])[] = [
  ["one number", [{ name: "temperature", unit: "Cel", value: 21.5, timeMs: time }]],
  [
    "every kind",
    [
      { name: "temperature", unit: "Cel", value: "-0.000000000000000001", timeMs: time },
      { name: "energy", unit: "J", value: 123_456_789_012_345_678_901_234_567_890n, timeMs: time },
      { name: "door:open", bool: true, timeMs: time },
      { name: "log", text: "Grüße, 世界", timeMs: time },
      { name: "frame", data: Uint8Array.of(0, 1, 2, 0xff), timeMs: time },
    ],
  ],
  ["no clock", [{ name: "count", value: 7 }]],
  [
    "ten records",
    Array.from({ length: 10 }, (_, i) => ({
      name: `channel-${i}`,
      unit: "V",
      value: i / 8,
      timeMs: time + i * 1000,
    })),
  ],
];

/** Signed messages of both key types in both encodings. */
export async function makeMessages(): Promise<VectorMessage[]> {
  const made: VectorMessage[] = [];
  for (const keyType of [1, 2] as const) {
    const { signer } = vectorSigner(keyType, "first");
    const device = deviceIdOf(signer.publicKey);
    for (const encoding of ["cose", "json"] as const) {
      for (const [set, readings] of readingSets) {
        const name = `${set}, ${encoding}, key type ${keyType}`;
        const salt = sha256(utf8(name)).slice(0, 16);
        const sequence = (3n << 32n) | BigInt(made.length + 1);
        const content = { signer, device, keyIndex: 0, sequence, domain, encoding, readings, salt };
        const { bytes, message } = await signMessage(content);
        const { records } = openBody(message.body);
        made.push({ name, keyType, bytes, message, salt, records });
      }
    }
  }
  return made;
}

/** The messages as a device's author reads them. */
export function messageVectors(messages: readonly VectorMessage[]): unknown {
  return messages.map(({ name, keyType, bytes, message, salt, records }) => {
    const { device, keyIndex, sequence, root, signature, body } = message;
    const signed = sigStructure({ device, keyIndex, sequence, root, keyType }, domain);
    const hashes = readingLeafHashes(salt, records);
    const tree = buildTree(hashes);
    return {
      name,
      encoding: body.kind === "json" ? "json" : "cose",
      keyType,
      device,
      keyIndex: keyIndex.toString(),
      sequence: sequence.toString(),
      salt: hex(salt),
      body: body.kind === "json" ? body.text : hex(body.bytes),
      readings: records.map((record) => ({
        kind: record.kind,
        record: record.record,
        time: record.timeMs.toString(),
        metric: record.metric,
        value: record.value.toString(),
        salt: hex(readingSalt(salt, record)),
        leaf: hex(encodeLeaf(record, salt)),
        leafHash: hex(leafHash(encodeLeaf(record, salt))),
        path: tree.path(record.record).map(hex),
      })),
      root: hex(bodyRoot(salt, records)),
      protected: hex(protectedHeader(keyType, device, keyIndex, sequence)),
      sigStructure: hex(signed),
      digest: hex(sha256(signed)),
      signature: hex(signature),
      message: body.kind === "json" ? new TextDecoder().decode(bytes) : hex(bytes),
    };
  });
}
