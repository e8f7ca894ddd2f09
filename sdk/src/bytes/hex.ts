import { sdkError } from "../errors/sdk-error.ts";

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as 0x and two lowercase hex digits each. */
export function hex(bytes: Uint8Array): `0x${string}` {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += digits[bytes[i] as number];
  return `0x${text}`;
}

/**
 * The bytes of 0x-prefixed hex of either case.
 * @param length Exact number of bytes, where it is known
 * @throws BYTES_FORMAT
 */
export function fromHex(text: string, length?: number): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) {
    throw sdkError("BYTES_FORMAT", "Not 0x-prefixed hex.", { text: text.slice(0, 80) });
  }
  const bytes = new Uint8Array((text.length - 2) / 2);
  if (length !== undefined && bytes.length !== length) {
    throw sdkError("BYTES_FORMAT", `Expected ${length} bytes, found ${bytes.length}.`, {
      length,
      found: bytes.length,
    });
  }
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  }
  return bytes;
}
