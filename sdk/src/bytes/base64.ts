import { sdkError } from "../errors/sdk-error.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const values = new Map([...alphabet].map((letter, index) => [letter, index]));

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const letters = Math.min(4, bytes.length - i + 1);
    for (let k = 0; k < letters; k++) text += alphabet[(group >> (18 - 6 * k)) & 63];
  }
  return text;
}

/**
 * Bytes of unpadded base64url; only the one canonical text of each byte string is taken.
 * @throws BYTES_FORMAT
 */
export function fromBase64Url(text: string): Uint8Array {
  const rest = text.length % 4;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let group = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = values.get(letter);
    if (value === undefined) throw sdkError("BYTES_FORMAT", "Not base64url.", { letter });
    group = ((group << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = group >> bits;
    }
  }
  if (rest === 1 || (group & ((1 << bits) - 1)) !== 0) {
    throw sdkError("BYTES_FORMAT", "Base64url with left-over bits.");
  }
  return bytes;
}
