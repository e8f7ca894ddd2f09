import { createServer, type Socket } from "node:net";
import { generate, type IConnackPacket, type Packet, parser } from "mqtt-packet";

export type BareBroker = {
  readonly url: string;
  /** Packets as they came, of all connections. */
  readonly packets: Packet[];
  send(...packets: Packet[]): void;
  sendBytes(bytes: Uint8Array): void;
  /** Settles with the first packets that fit, as many as `count`. */
  received(fits: (packet: Packet) => boolean, count?: number): Promise<Packet[]>;
  cut(): void;
  close(): Promise<void>;
};

/** The far end of MQTT connections, which does only what a test tells it: answers CONNECT, SUBSCRIBE and PINGREQ. */
export async function bareBroker(
  connack: Partial<IConnackPacket> = {},
  withConnack: readonly Packet[] = [],
  answers: readonly Packet["cmd"][] = ["connect", "subscribe"],
): Promise<BareBroker> {
  const packets: Packet[] = [];
  const sockets = new Set<Socket>();
  let onPacket = () => {};
  const bytesOf = (list: readonly Packet[]) =>
    Buffer.concat(list.map((packet) => generate(packet, { protocolVersion: 5 })));
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const read = parser({ protocolVersion: 5 });
    read.on("packet", (packet) => {
      packets.push(packet);
      if (packet.cmd === "connect" && answers.includes("connect")) {
        const answer: Packet = { cmd: "connack", reasonCode: 0, sessionPresent: false, ...connack };
        socket.write(bytesOf([answer, ...withConnack]));
      }
      if (packet.cmd === "pingreq" && answers.includes("pingreq")) {
        socket.write(bytesOf([{ cmd: "pingresp" }]));
      }
      if (packet.cmd === "subscribe" && answers.includes("subscribe")) {
        const { messageId = 0 } = packet;
        socket.write(bytesOf([{ cmd: "suback", messageId, granted: [1] }]));
      }
      onPacket();
    });
    socket.on("data", (chunk: Buffer) => read.parse(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const sendBytes = (bytes: Uint8Array) => {
    for (const socket of sockets) socket.write(bytes);
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${port}`,
    packets,
    send: (...list) => sendBytes(bytesOf(list)),
    sendBytes,
    received: (fits, count = 1) =>
      new Promise((resolve) => {
        onPacket = () => {
          const found = packets.filter(fits);
          if (found.length >= count) resolve(found);
        };
        onPacket();
      }),
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function pubackOf(messageId: number | undefined, reasonCode = 0): Packet {
  return { cmd: "puback", messageId: messageId ?? 0, reasonCode };
}

/** A message with QoS 1. */
export function publishOf(messageId: number, payload = ""): Packet {
  const topic = "fieldseal/1/up";
  return { cmd: "publish", topic, payload, messageId, qos: 1, dup: false, retain: false };
}
