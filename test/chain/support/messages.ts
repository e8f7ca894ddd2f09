import { concat, solidityPacked, toBeHex } from "ethers";
import type { DeviceKey, Signature } from "./device-keys.ts";
import { leafHash, pathOf, rootOf } from "./merkle.ts";

export type Record_ = {
  kind: number;
  record: number;
  time: bigint;
  metric: string;
  value: bigint;
  salt: string;
};
export type Facts = { device: string; keyIndex: number; sequence: bigint; messageRoot: string };

export const readingLeaf = (r: Record_) =>
  leafHash(
    solidityPacked(
      ["uint8", "uint32", "uint64", "bytes32", "int256", "bytes32"],
      [r.kind, r.record, r.time, r.metric, r.value, r.salt],
    ),
  );

export const messageLeaf = (f: Facts) =>
  leafHash(
    solidityPacked(
      ["address", "uint32", "uint64", "bytes32"],
      [f.device, f.keyIndex, f.sequence, f.messageRoot],
    ),
  );

export function records(count: number, metric: string, time: bigint): Record_[] {
  return Array.from({ length: count }, (_, record) => ({
    kind: 0,
    record,
    time: time + BigInt(record),
    metric,
    value: 21_500_000_000_000_000_000n + BigInt(record),
    salt: toBeHex(BigInt(`0x${"5eed".repeat(16)}`) + BigInt(record), 32),
  }));
}

export const messageRootOf = (list: Record_[]) => rootOf(list.map(readingLeaf));

export const readingOf = (list: Record_[], index: number) => ({
  ...(list[index] as Record_),
  records: list.length,
  path: pathOf(list.map(readingLeaf), index),
});

/** Sig_structure of RFC 9052 §4.4, put together from CBOR items. */
export function sigStructure(keyType: 1 | 2, facts: Facts, domain: string): string {
  const text = (value: string) =>
    concat([toBeHex(0x60 + value.length), `0x${Buffer.from(value).toString("hex")}`]);
  const protectedHeader = concat([
    "0xa4",
    keyType === 2 ? "0x0126" : "0x01382e",
    "0x03",
    text("fieldseal/1"),
    "0x0454",
    facts.device,
    "0x3a000100004c",
    toBeHex(facts.keyIndex, 4),
    toBeHex(facts.sequence, 8),
  ]);
  const bytes = (value: string) => concat(["0x58", toBeHex((value.length - 2) / 2), value]);
  return concat([
    "0x84",
    text("Signature1"),
    bytes(protectedHeader),
    bytes(domain),
    bytes(facts.messageRoot),
  ]);
}

export const signFacts = (key: DeviceKey, facts: Facts, domain: string): Signature =>
  key.signMessage(sigStructure(key.public.keyType, facts, domain));
