import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP connection's way to `port`, whose way back can be closed. */
export type DeafPipe = {
  readonly port: number;
  /** From now on nothing that is answered arrives. */
  deaf: boolean;
  stop(): Promise<void>;
};

/** Passes bytes on to a port of 127.0.0.1, and back unless it is deaf. */
export async function startDeafPipe(target: number): Promise<DeafPipe> {
  const pipe = { deaf: false };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: target, host: "127.0.0.1" });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes: Buffer) => far.write(bytes));
    far.on("data", (bytes: Buffer) => {
      if (!pipe.deaf) near.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(pipe, {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  });
}
