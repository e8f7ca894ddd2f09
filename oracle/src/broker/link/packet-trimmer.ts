const publish = 3;

/** Packet type, bytes of the fixed header and bytes after it; undefined while the header is not whole (section 2.2). */
type Head = { readonly type: number; readonly bytes: number; readonly remaining: number };

function headAt(chunk: Buffer, at: number): Head | undefined {
  const type = (chunk[at] ?? 0) >> 4;
  let remaining = 0;
  for (let i = 0; i < 4; i++) {
    const byte = chunk[at + 1 + i];
    if (byte === undefined) return undefined;
    remaining += (byte & 127) * 128 ** i;
    if (byte < 128) return { type, bytes: 2 + i, remaining };
  }
  // No length: whoever parses it says so.
  return { type, bytes: 5, remaining: 0 };
}

/** A remaining length in four bytes. */
function fourBytes(remaining: number): number[] {
  return [0, 7, 14, 21].map((shift) => ((remaining >> shift) & 127) | (shift < 21 ? 128 : 0));
}

/**
 * Passes a broker's bytes on, of each PUBLISH its first `mostBytes` after the fixed header only, so that nobody can have
 * more than that gathered. What is cut so is still a packet: a message that is too large for any use.
 * @returns a function that takes a chunk and returns what is to be parsed
 * @throws Error at another packet that is larger
 */
export function packetTrimmer(mostBytes: number): (chunk: Buffer) => Buffer {
  let begun: Buffer | undefined;
  let passing = 0;
  let dropping = 0;
  return (received) => {
    const chunk = begun === undefined ? received : Buffer.concat([begun, received]);
    begun = undefined;
    const parts: Buffer[] = [];
    /** Where that begins which is to be passed on as it is. */
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      if (passing > 0) {
        const step = Math.min(passing, chunk.length - at);
        passing -= step;
        at += step;
        continue;
      }
      if (dropping > 0) {
        const step = Math.min(dropping, chunk.length - at);
        parts.push(chunk.subarray(from, at));
        dropping -= step;
        at += step;
        from = at;
        continue;
      }
      const head = headAt(chunk, at);
      if (head === undefined) {
        begun = Buffer.from(chunk.subarray(at));
        parts.push(chunk.subarray(from, at));
        from = chunk.length;
        break;
      }
      passing = head.remaining;
      if (head.remaining > mostBytes) {
        if (head.type !== publish) throw new Error("The broker sent a packet that is too large.");
        parts.push(chunk.subarray(from, at));
        parts.push(Buffer.from([chunk.readUInt8(at), ...fourBytes(mostBytes)]));
        from = at + head.bytes;
        passing = mostBytes;
        dropping = head.remaining - mostBytes;
      }
      at += head.bytes;
    }
    if (from === 0) return chunk;
    parts.push(chunk.subarray(from));
    return Buffer.concat(parts);
  };
}
