import { writeU32, writeU64, writeWord } from "../bytes/integers.ts";
import { type Sha256, sha256 } from "../hash/sha256.ts";
import type { ReadingRecord } from "../types.ts";
import { writeMetric } from "./metric.ts";

/** Bytes of a leaf: kind 1, record 4, time 8, metric 32, value 32, salt 32. */
export const leafLength = 109;

/** The salt of one reading: SHA(message salt ‖ record as 4 bytes). */
export function readingSalt(
  messageSalt: Uint8Array,
  record: Pick<ReadingRecord, "record"> | number,
  hash: Sha256 = sha256,
): Uint8Array {
  const input = new Uint8Array(messageSalt.length + 4);
  input.set(messageSalt);
  writeU32(input, messageSalt.length, typeof record === "number" ? record : record.record);
  return hash(input);
}

/** A reading's leaf, 109 bytes packed, salted from the message's salt. */
export function encodeLeaf(
  record: ReadingRecord,
  messageSalt: Uint8Array,
  hash: Sha256 = sha256,
): Uint8Array {
  return encodeSaltedLeaf(record, readingSalt(messageSalt, record, hash));
}

/** As {@link encodeLeaf}, with the reading's own salt: what a proof carries. */
export function encodeSaltedLeaf(record: ReadingRecord, salt: Uint8Array): Uint8Array {
  const out = new Uint8Array(leafLength);
  writeLeaf(out, 0, record, salt);
  return out;
}

/** Writes a leaf at `at`, into bytes that are zero where its metric ends. */
export function writeLeaf(
  out: Uint8Array,
  at: number,
  record: ReadingRecord,
  salt: Uint8Array,
): void {
  out[at] = record.kind;
  writeU32(out, at + 1, record.record);
  writeU64(out, at + 5, record.timeMs);
  writeMetric(out, at + 13, record.metric);
  writeWord(out, at + 45, record.value);
  out.set(salt, at + 77);
}
