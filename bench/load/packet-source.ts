import { readFileSync } from "node:fs";
import type { LoadDevice } from "./load-types.ts";
import { publishPacket } from "./mqtt-packets.ts";

/** A device's packets in order. */
export type PacketSource = {
  readonly length: number;
  /** Undefined after the last. */
  next(): Buffer | undefined;
};

/** Packets of a device, made from its payloads or taken from a file where they lie one after the other. */
export function packetSource({ upTopic, payloads = [], file }: LoadDevice): PacketSource {
  if (file !== undefined) return packetsOfFile(readFileSync(file));
  const packets = payloads.map((payload, i) => publishPacket(upTopic, i, payload));
  let at = 0;
  return { length: packets.length, next: () => packets[at++] };
}

function packetsOfFile(bytes: Buffer): PacketSource {
  let length = 0;
  for (let at = 0; at < bytes.length; at = endOf(bytes, at)) length++;
  let at = 0;
  return {
    length,
    next() {
      if (at >= bytes.length) return undefined;
      const start = at;
      at = endOf(bytes, at);
      return bytes.subarray(start, at);
    },
  };
}

/** Where the packet that starts at `start` ends (MQTT 3.1.1 section 2.2.3). */
function endOf(bytes: Buffer, start: number): number {
  let at = start + 1;
  let remaining = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    remaining += (byte & 127) * 2 ** shift;
    if (byte < 128) return at + remaining;
  }
}
