import { sdkError } from "../errors/sdk-error.ts";

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as 0x and two lowercase hex digits each. */
export function hex(bytes: Uint8Array): `0x${string}` {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += digits[bytes[i] as number];
  return `0x${text}`;
}

/** Value of each hex digit by its character code, 255 for what is none. */
const digitValues = new Uint8Array(128).fill(255);
for (const [value, digit] of [..."0123456789abcdef"].entries()) {
  digitValues[digit.charCodeAt(0)] = value;
  digitValues[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * The bytes of 0x-prefixed hex of either case.
 * @param length Exact number of bytes, where it is known
 * @throws BYTES_FORMAT
 */
export function fromHex(text: string, length?: number): Uint8Array {
  if (!text.startsWith("0x") || text.length % 2 !== 0) throw notHex(text);
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0, at = 2; i < bytes.length; i++, at += 2) {
    const high = digitValues[text.charCodeAt(at)] ?? 255;
    const low = digitValues[text.charCodeAt(at + 1)] ?? 255;
    if ((high | low) > 15) throw notHex(text);
    bytes[i] = (high << 4) | low;
  }
  if (length !== undefined && bytes.length !== length) {
    throw sdkError("BYTES_FORMAT", `Expected ${length} bytes, found ${bytes.length}.`, {
      length,
      found: bytes.length,
    });
  }
  return bytes;
}

function notHex(text: string): Error {
  return sdkError("BYTES_FORMAT", "Not 0x-prefixed hex.", { text: text.slice(0, 80) });
}
