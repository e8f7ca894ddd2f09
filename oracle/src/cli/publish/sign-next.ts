import {
  type DeviceMessage,
  type Outbox,
  type OutboxEntry,
  platformRandom,
  type Reading,
  signMessage,
} from "@fieldseal/sdk";
import { type DeviceKey, signerOf } from "../files/key-file.ts";

/**
 * Signs readings under a sequence that never comes again: its boot counter is on the disk before
 * the message is made.
 * @param keep Whether the message waits in the outbox until it is acknowledged
 */
export async function signNext(
  outbox: Outbox,
  key: DeviceKey,
  domain: Uint8Array,
  readings: readonly Reading[],
  encoding: "cose" | "json",
  keep: boolean,
): Promise<{ entry: OutboxEntry; message: DeviceMessage }> {
  const { device, keyIndex } = key;
  const sequence = (BigInt(await outbox.nextBoot()) << 32n) | 1n;
  const { bytes, message } = await signMessage({
    signer: signerOf(key),
    device,
    keyIndex,
    sequence,
    domain,
    encoding,
    readings,
    salt: platformRandom(16),
  });
  const entry = { keyIndex, sequence, root: message.root, bytes };
  if (keep) await outbox.put(entry);
  return { entry, message };
}
