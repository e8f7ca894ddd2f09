import { sdkError } from "../errors/sdk-error.ts";

/** Largest value of an unsigned 32-bit integer. */
export const maxU32 = 0xffff_ffff;
/** Largest value of an unsigned 64-bit integer. */
export const maxU64 = (1n << 64n) - 1n;

/** Writes `value` big-endian into four bytes. @throws BYTES_FORMAT when it is no uint32 */
export function writeU32(out: Uint8Array, at: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > maxU32) {
    throw sdkError("BYTES_FORMAT", "Not an unsigned 32-bit integer.", { value });
  }
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Writes `value` big-endian into eight bytes. @throws BYTES_FORMAT when it is no uint64 */
export function writeU64(out: Uint8Array, at: number, value: bigint): void {
  if (value < 0n || value > maxU64) {
    throw sdkError("BYTES_FORMAT", "Not an unsigned 64-bit integer.", { value: value.toString() });
  }
  writeU32(out, at, Number(value >> 32n));
  writeU32(out, at + 4, Number(value & 0xffff_ffffn));
}

/** Reads four bytes big-endian. */
export function readU32(bytes: Uint8Array, at = 0): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number))
  );
}

/** Reads eight bytes big-endian. */
export function readU64(bytes: Uint8Array, at = 0): bigint {
  return (BigInt(readU32(bytes, at)) << 32n) | BigInt(readU32(bytes, at + 4));
}

/** Four bytes, big-endian. @throws BYTES_FORMAT */
export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  writeU32(out, 0, value);
  return out;
}

/** Eight bytes, big-endian. @throws BYTES_FORMAT */
export function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  writeU64(out, 0, value);
  return out;
}

/** 32 bytes, big-endian, two's complement: what Solidity's int256 and uint256 hold. */
export function word(value: bigint): Uint8Array {
  const out = new Uint8Array(32);
  writeWord(out, 0, value);
  return out;
}

/** Writes what {@link word} gives at `at`. */
export function writeWord(out: Uint8Array, at: number, value: bigint): void {
  const view = new DataView(out.buffer, out.byteOffset + at, 32);
  view.setBigUint64(24, BigInt.asUintN(64, value));
  const high = value >> 64n;
  const fill = high < 0n ? maxU64 : 0n;
  const isShort = high === 0n || high === -1n;
  view.setBigUint64(16, isShort ? fill : BigInt.asUintN(64, high));
  view.setBigUint64(8, isShort ? fill : BigInt.asUintN(64, high >> 64n));
  view.setBigUint64(0, isShort ? fill : BigInt.asUintN(64, high >> 128n));
}

/** Bytes as an unsigned big-endian integer. */
export function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) value = (value << 32n) | BigInt(readU32(bytes, i));
  for (; i < bytes.length; i++) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** An unsigned integer in as few bytes as hold it; none for 0. */
export function bigIntBytes(value: bigint): Uint8Array {
  const text = value === 0n ? "" : value.toString(16);
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return Uint8Array.from({ length: even.length / 2 }, (_, i) =>
    Number.parseInt(even.slice(2 * i, 2 * i + 2), 16),
  );
}
