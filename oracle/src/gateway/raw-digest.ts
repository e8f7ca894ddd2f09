import { concatBytes, sha256 } from "@fieldseal/sdk";

const encoder = new TextEncoder();
const mark = encoder.encode("fieldseal/raw/1");

/**
 * What a relayed message is sealed under: SHA-256("fieldseal/raw/1" ‖ length of the topic, 2 bytes ‖ topic ‖ payload).
 * Nothing else that is hashed here begins so.
 */
export function rawDigest(topic: string, payload: Uint8Array): Uint8Array {
  const name = encoder.encode(topic);
  const length = new Uint8Array([name.length >> 8, name.length & 0xff]);
  return sha256(concatBytes(mark, length, name, payload));
}
