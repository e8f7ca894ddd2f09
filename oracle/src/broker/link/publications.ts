type Waiting = {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly done: ((isTaken: boolean) => void) | undefined;
};

export type PublicationLimits = {
  /** Messages without PUBACK that the broker takes (MQTT 5: its receive maximum). */
  readonly window: number;
  /** Bytes of messages that wait until they may go. */
  readonly queuedBytes: number;
  /** The largest packet that the broker takes (MQTT 5: its maximum packet size). */
  readonly packetBytes: number;
};

/** Packet identifiers are 16 bits, and 0 is none (section 2.2.1). */
const maxMessageId = 65_535;

/**
 * What is published with QoS 1 on one connection: at most so many messages without PUBACK as the broker allows, the
 * others wait in a queue of so many bytes.
 */
export class Publications {
  readonly #isVersion5: boolean;
  readonly #limits: PublicationLimits;
  readonly #underWay = new Map<number, Waiting>();
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #lastId = 0;

  constructor(protocolVersion: 4 | 5, limits: PublicationLimits) {
    this.#isVersion5 = protocolVersion === 5;
    this.#limits = limits;
  }

  /** What has been without PUBACK for longest; undefined if nothing is. */
  get oldest(): object | undefined {
    return this.#underWay.values().next().value;
  }

  /** @param done Told whether the broker took it */
  add(topic: string, payload: Uint8Array, done?: (isTaken: boolean) => void): void {
    const { queuedBytes, packetBytes } = this.#limits;
    const isTooLarge = packetLength(topic, payload, this.#isVersion5) > packetBytes;
    if (isTooLarge || this.#queuedBytes + payload.length > queuedBytes) {
      done?.(false);
      return;
    }
    this.#queue.push({ topic, payload, done });
    this.#queuedBytes += payload.length;
  }

  /** A PUBACK came. @returns false if nothing waits for it */
  acknowledge(messageId: number, isTaken: boolean): boolean {
    const waiting = this.#underWay.get(messageId);
    if (waiting === undefined) return false;
    this.#underWay.delete(messageId);
    waiting.done?.(isTaken);
    return true;
  }

  /** The packets that may go now; undefined if there are none. */
  flush(): Buffer | undefined {
    const count = Math.min(this.#queue.length, this.#limits.window - this.#underWay.size);
    if (count <= 0) return undefined;
    const going = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    const packets = going.map((waiting) => {
      const { topic, payload } = waiting;
      this.#queuedBytes -= payload.length;
      const messageId = this.#freeId();
      this.#underWay.set(messageId, waiting);
      return publishPacket(topic, payload, messageId, this.#isVersion5);
    });
    return packets.length === 1 ? packets[0] : Buffer.concat(packets);
  }

  /** The connection is gone: nobody knows what became of what was under way. */
  fail(): void {
    const lost = [...this.#underWay.values(), ...this.#queue];
    this.#underWay.clear();
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const { done } of lost) done?.(false);
  }

  #freeId(): number {
    do this.#lastId = (this.#lastId % maxMessageId) + 1;
    while (this.#underWay.has(this.#lastId));
    return this.#lastId;
  }
}

/** Bytes of a PUBLISH after its fixed header. */
function remainingLength(topic: string, payload: Uint8Array, isVersion5: boolean): number {
  return 2 + Buffer.byteLength(topic) + 2 + (isVersion5 ? 1 : 0) + payload.length;
}

/** Bytes of a remaining length (section 2.2.3; 2.1.4 in version 5). */
function lengthBytesOf(remaining: number): number {
  return remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4;
}

function packetLength(topic: string, payload: Uint8Array, isVersion5: boolean): number {
  const remaining = remainingLength(topic, payload, isVersion5);
  return 1 + lengthBytesOf(remaining) + remaining;
}

/** PUBLISH with QoS 1 and, in version 5, no properties (section 3.3). */
function publishPacket(
  topic: string,
  payload: Uint8Array,
  messageId: number,
  isVersion5: boolean,
): Buffer {
  const remaining = remainingLength(topic, payload, isVersion5);
  const lengthBytes = lengthBytesOf(remaining);
  const packet = Buffer.allocUnsafe(1 + lengthBytes + remaining);
  let at = packet.writeUInt8(0x32, 0);
  for (let rest = remaining, i = 0; i < lengthBytes; i++, rest >>>= 7) {
    at = packet.writeUInt8((rest & 127) | (i + 1 < lengthBytes ? 128 : 0), at);
  }
  at = packet.writeUInt16BE(Buffer.byteLength(topic), at);
  at += packet.write(topic, at);
  at = packet.writeUInt16BE(messageId, at);
  if (isVersion5) at = packet.writeUInt8(0, at);
  packet.set(payload, at);
  return packet;
}
