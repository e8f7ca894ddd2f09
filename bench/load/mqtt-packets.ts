/** The few MQTT 3.1.1 packets that a load generator needs, made beforehand: it must cost less than what it loads. */

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(header: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    length.push(rest > 0 ? byte + 128 : byte);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([header, ...length]), body]);
}

const number = (value: number) => Buffer.from([value >> 8, value & 255]);

/** Section 3.1; a clean session without keepalive. */
export function connectPacket(clientId: string, password?: string): Buffer {
  const flags = password === undefined ? 0x02 : 0xc2;
  const login = password === undefined ? [] : [text(clientId), text(password)];
  return packet(0x10, text("MQTT"), Buffer.from([4, flags, 0, 0]), text(clientId), ...login);
}

/** Section 3.8; QoS 0. */
export function subscribePacket(topic: string): Buffer {
  return packet(0x82, number(1), text(topic), Buffer.from([0]));
}

/** Section 3.3; QoS 1. */
export function publishPacket(topic: string, id: number, payload: Uint8Array): Buffer {
  return packet(0x32, text(topic), number((id % 65_535) + 1), payload);
}

/** Types of the packets in a stream of chunks (section 2.2.1), each told once it is complete. */
export function packetReader(onPacket: (type: number) => void): (chunk: Buffer) => void {
  let type = 0;
  let remaining = 0;
  let shift = -1;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (shift >= 0) {
        const byte = chunk[at++] ?? 0;
        remaining += (byte & 127) * 2 ** shift;
        shift = byte & 128 ? shift + 7 : -1;
        if (shift < 0 && remaining === 0) onPacket(type);
      } else if (remaining > 0) {
        const step = Math.min(remaining, chunk.length - at);
        remaining -= step;
        at += step;
        if (remaining === 0) onPacket(type);
      } else {
        type = (chunk[at++] ?? 0) >> 4;
        shift = 0;
      }
    }
  };
}
