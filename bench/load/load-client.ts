import { once } from "node:events";
import { connect } from "node:net";
import type { LoadDevice } from "./load-types.ts";
import { connectPacket, packetReader, subscribePacket } from "./mqtt-packets.ts";

/** One device's connection, subscribed to its receipts. */
export type LoadClient = {
  /** False if the connection is full: `drained` settles when it is not. */
  write(packet: Buffer): boolean;
  drained(): Promise<unknown>;
  onReceipt(listener: () => void): void;
  end(): void;
};

const connack = 2;
const publish = 3;
const suback = 9;

/** Connects and waits until broker and subscription stand. */
export async function connectLoadClient(
  port: number,
  { id, password, receiptTopic }: LoadDevice,
): Promise<LoadClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const listeners = new Map<number, () => void>();
  const read = packetReader((type) => listeners.get(type)?.());
  socket.on("data", (chunk: Buffer) => {
    // What the receipts of one chunk set free leaves in one write.
    socket.cork();
    read(chunk);
    socket.uncork();
  });
  const answered = (type: number) =>
    new Promise<void>((resolve, reject) => {
      listeners.set(type, resolve);
      socket.once("close", () => reject(new Error("The broker closed the connection.")));
    });
  socket.write(connectPacket(id, password));
  await answered(connack);
  socket.write(subscribePacket(receiptTopic));
  await answered(suback);
  return {
    write: (packet) => socket.write(packet),
    drained: () => once(socket, "drain"),
    onReceipt(listener) {
      listeners.set(publish, listener);
    },
    end: () => socket.destroy(),
  };
}
