import { hex } from "../bytes/hex.ts";
import { encodeMetric, splitMetric } from "../leaf/metric.ts";
import type { Hex, MessageProof, ProofFile } from "./proof-file.ts";

/** IReadingLog.Proof. */
export type ProofStruct = {
  readonly checkpoint: {
    readonly index: bigint;
    readonly size: bigint;
    readonly sealedAt: bigint;
    readonly epoch: number;
    readonly signers: number;
  };
  readonly message: {
    readonly device: string;
    readonly keyIndex: number;
    readonly sequence: bigint;
    readonly index: bigint;
    readonly path: Hex[];
  };
  readonly reading: {
    readonly kind: number;
    readonly record: number;
    readonly records: number;
    readonly time: bigint;
    readonly metric: Hex;
    readonly value: bigint;
    readonly salt: Hex;
    readonly path: Hex[];
  };
};

/** IReadingLog.DeviceSignature. */
export type DeviceSignatureStruct = {
  readonly key: { readonly keyType: number; readonly x: Hex; readonly y: Hex };
  readonly signature: { readonly r: Hex; readonly s: Hex };
};

/** What ReadingLog.verify and verifySigned take, in ethers' terms. */
export function proofCalldata(proof: ProofFile): {
  proof: ProofStruct;
  word: DeviceSignatureStruct;
} {
  const { checkpoint, message, reading } = proof;
  const { name, unit } = splitMetric(reading.metric);
  return {
    proof: {
      checkpoint: {
        index: BigInt(checkpoint.index),
        size: BigInt(checkpoint.size),
        sealedAt: BigInt(checkpoint.sealedAt),
        epoch: checkpoint.epoch,
        signers: Number(BigInt(checkpoint.signers)),
      },
      message: {
        device: message.device,
        keyIndex: message.keyIndex,
        sequence: BigInt(message.sequence),
        index: BigInt(message.index),
        path: [...message.path],
      },
      reading: {
        kind: reading.kind,
        record: reading.record,
        records: reading.records,
        time: BigInt(reading.time),
        metric: hex(encodeMetric(name, unit)),
        value: BigInt(reading.value),
        salt: reading.salt,
        path: [...reading.path],
      },
    },
    word: deviceSignature(proof),
  };
}

function deviceSignature({ message }: MessageProof): DeviceSignatureStruct {
  const [x, y] = halves(message.key);
  const [r, s] = halves(message.signature);
  return { key: { keyType: message.keyType, x, y }, signature: { r, s } };
}

function halves(bytes: Hex): [Hex, Hex] {
  return [`0x${bytes.slice(2, 66)}`, `0x${bytes.slice(66)}`];
}
