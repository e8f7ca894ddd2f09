import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** Bounds on the bytes of one client, checked before anything is parsed or buffered. */
export type PacketLimits = {
  /** Most bytes of the CONNECT packet after its fixed header. */
  readonly connectBytes: number;
  /** Most bytes of any other packet after its fixed header. */
  readonly packetBytes: number;
};

const connectHeader = 0x10;

/**
 * Follows the packet boundaries of an MQTT 3.1.1 stream (section 2.2).
 * @returns a function that answers why a chunk is not to be taken, undefined while all is well
 */
export function packetScanner({
  connectBytes,
  packetBytes,
}: PacketLimits): (chunk: Uint8Array) => string | undefined {
  let first = true;
  let body = 0;
  let length = 0;
  let lengthBytes = -1;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (body > 0) {
        const step = Math.min(body, chunk.length - at);
        body -= step;
        at += step;
        continue;
      }
      const byte = chunk[at++] as number;
      if (lengthBytes < 0) {
        if (first && byte !== connectHeader) return "The first packet is no CONNECT.";
        lengthBytes = 0;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** lengthBytes;
      lengthBytes += 1;
      if (length > (first ? connectBytes : packetBytes)) return "The packet is too large.";
      if ((byte & 0x80) === 0) {
        body = length;
        first = false;
        lengthBytes = -1;
      } else if (lengthBytes === 4) {
        return "The packet's length is malformed.";
      }
    }
    return undefined;
  };
}

/** The socket as a stream that breaks at the first packet over the limits. */
export function guardSocket(socket: Socket, limits: PacketLimits): Duplex {
  const scan = packetScanner(limits);
  const stream = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Uint8Array, _encoding, done) => {
      socket.write(chunk, done);
    },
    writev: (chunks, done) => {
      socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk as Uint8Array)), done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    const objection = scan(chunk);
    if (objection !== undefined) stream.destroy(new Error(objection));
    else if (!stream.push(chunk)) socket.pause();
  });
  socket.on("end", () => stream.push(null));
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", () => stream.destroy());
  return stream;
}
