/** 32 random bits a call (mulberry32), the same for the same seed. */
export function fastRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (
  bytes: Buffer,
  below: (limit: number) => number,
  others: readonly Buffer[],
) => Buffer;

/** Bytes with a meaning of their own in CBOR and JSON. */
const telling = [
  0x00, 0x18, 0x1b, 0x3b, 0x5b, 0x5f, 0x7f, 0x9f, 0xbf, 0xc4, 0xf6, 0xfb, 0xff, 0x22, 0x7b, 0x5c,
];

const mutations: readonly Mutation[] = [
  (bytes, below) => {
    const at = below(bytes.length);
    bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << below(8)), at);
    return bytes;
  },
  (bytes, below) => {
    bytes.writeUInt8(below(256), below(bytes.length));
    return bytes;
  },
  (bytes, below) => {
    bytes.writeUInt8(telling[below(telling.length)] ?? 0, below(bytes.length));
    return bytes;
  },
  (bytes, below) => bytes.subarray(0, below(bytes.length)),
  (bytes, below) => bytes.subarray(below(bytes.length)),
  (bytes, below) => {
    const at = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8))]);
  },
  (bytes, below) => {
    const at = below(bytes.length);
    const more = Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  (bytes, below) => {
    const at = below(bytes.length);
    const end = at + below(bytes.length - at);
    const repeated = Array.from({ length: 1 + below(40) }, () => bytes.subarray(at, end));
    return Buffer.concat([bytes.subarray(0, at), ...repeated, bytes.subarray(end)]).subarray(
      0,
      9000,
    );
  },
  (bytes, below, others) => {
    const other = others[below(others.length)] ?? bytes;
    return Buffer.concat([
      bytes.subarray(0, below(bytes.length)),
      other.subarray(below(other.length)),
    ]);
  },
  (bytes, below, others) => {
    const other = others[below(others.length)] ?? bytes;
    const at = below(Math.min(bytes.length, other.length));
    other.copy(bytes, at, at, at + 1 + below(80));
    return bytes;
  },
];

/** One of the messages, changed in one to three ways. */
export function mutateBytes(messages: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  let bytes = Buffer.from(messages[below(messages.length)] ?? []);
  for (let times = 1 + below(3); times > 0; times--) {
    if (bytes.length === 0) return bytes;
    const mutation = mutations[below(mutations.length)];
    if (mutation !== undefined) bytes = Buffer.from(mutation(bytes, below, messages));
  }
  return bytes;
}
