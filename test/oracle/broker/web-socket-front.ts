import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";

/** What a server adds to a client's key (RFC 6455 section 1.3). */
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export type WebSocketFront = { readonly url: string; close(): Promise<void> };

/** Takes a broker's TCP connections by WebSocket (RFC 6455): small frames, nothing fragmented. */
export async function webSocketFront(brokerUrl: string): Promise<WebSocketFront> {
  const { port } = new URL(brokerUrl);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true });
  server.on("upgrade", ({ headers }, stream) => {
    const socket = stream as Socket;
    const broker = connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
    for (const [one, other] of [
      [socket, broker],
      [broker, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${magic}`);
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    head.push(`Sec-WebSocket-Accept: ${accept.digest("base64")}`, "Sec-WebSocket-Protocol: mqtt");
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
        rest = rest.subarray(frame.size);
        if (frame.opcode === 2) broker.write(frame.payload);
        else if (frame.opcode === 8) socket.end();
      }
    });
    broker.on("data", (chunk: Buffer) => socket.write(binaryFrame(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Frame = { readonly opcode: number; readonly payload: Buffer; readonly size: number };

/** The first frame of a client, which is masked (section 5.2); undefined while it is not whole. */
function firstFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 4) return undefined;
  const short = bytes.readUInt8(1) & 127;
  const start = short === 126 ? 4 : 2;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const size = start + 4 + length;
  if (bytes.length < size) return undefined;
  const payload = Buffer.from(bytes.subarray(start + 4, size));
  for (const [at, byte] of payload.entries()) {
    payload[at] = byte ^ bytes.readUInt8(start + (at % 4));
  }
  return { opcode: bytes.readUInt8(0) & 15, payload, size };
}

function binaryFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}
