import { crc32 } from "node:zlib";
import { concatBytes, utf8 } from "../bytes/arrays.ts";
import { readU32, readU64, u32, u64 } from "../bytes/integers.ts";
import type { OutboxEntry, OutboxKey } from "../device/ports.ts";

/** One line of the outbox's journal. */
export type OutboxRecord =
  | ({ readonly kind: "put" } & OutboxEntry)
  | ({ readonly kind: "remove" | "discard" } & OutboxKey)
  | ({ readonly kind: "bury"; readonly code: string; readonly reason: string } & OutboxKey);

const kinds = ["put", "remove", "discard", "bury"] as const;
const headerBytes = 8;
const keyBytes = 13;
const maxReasonBytes = 1024;

/** `length (4) ‖ CRC-32 (4) ‖ kind (1) ‖ key index (4) ‖ sequence (8) ‖ rest`. */
export function encodeOutboxRecord(record: OutboxRecord): Uint8Array {
  const payload = concatBytes(
    Uint8Array.of(kinds.indexOf(record.kind)),
    u32(record.keyIndex),
    u64(record.sequence),
    restOf(record),
  );
  return concatBytes(u32(payload.length), u32(crc32(payload)), payload);
}

function restOf(record: OutboxRecord): Uint8Array {
  switch (record.kind) {
    case "put":
      return concatBytes(record.root, record.bytes);
    case "bury": {
      const code = utf8(record.code).subarray(0, 255);
      const reason = utf8(record.reason).subarray(0, maxReasonBytes);
      return concatBytes(Uint8Array.of(code.length), code, reason);
    }
    default:
      return new Uint8Array(0);
  }
}

/**
 * Reads records up to the first that is cut short or damaged.
 * @returns how many bytes were whole records
 */
export function readOutboxRecords(
  bytes: Uint8Array,
  apply: (record: OutboxRecord) => void,
): number {
  let at = 0;
  while (at + headerBytes + keyBytes <= bytes.length) {
    const length = readU32(bytes, at);
    const end = at + headerBytes + length;
    if (length < keyBytes || end > bytes.length) break;
    const payload = bytes.subarray(at + headerBytes, end);
    if (crc32(payload) !== readU32(bytes, at + 4)) break;
    const record = parsePayload(payload);
    if (record === undefined) break;
    apply(record);
    at = end;
  }
  return at;
}

function parsePayload(payload: Uint8Array): OutboxRecord | undefined {
  const kind = kinds[payload[0] as number];
  const key = { keyIndex: readU32(payload, 1), sequence: readU64(payload, 5) };
  const rest = payload.slice(keyBytes);
  switch (kind) {
    case "put":
      return rest.length <= 32
        ? undefined
        : { kind, ...key, root: rest.slice(0, 32), bytes: rest.slice(32) };
    case "bury": {
      const codeEnd = 1 + (rest[0] ?? 0);
      const text = new TextDecoder();
      return {
        kind,
        ...key,
        code: text.decode(rest.subarray(1, codeEnd)),
        reason: text.decode(rest.subarray(codeEnd)),
      };
    }
    default:
      return kind === undefined ? undefined : { kind, ...key };
  }
}
