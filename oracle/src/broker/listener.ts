import { createServer, type Server, type Socket } from "node:net";
import { FieldsealError } from "@fieldseal/sdk";
import { clientNetwork } from "../internal/client-network.ts";
import { addressLimit } from "./address-limit.ts";

export type ListenerOptions = {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
  onConnection(socket: Socket): void;
  /** Told of each connection over the limits; it is closed already. */
  onRefused(): void;
  onError(error: Error): void;
};

export type Listener = {
  readonly port: number;
  /** Takes no connection from now on. */
  refuseNew(): void;
  /** Cuts what is still connected. */
  stop(): Promise<void>;
};

/**
 * Listens on TCP and bounds the number of connections, in all and for each address.
 * @throws FieldsealError PORT_IN_USE
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, onConnection, onRefused, onError } = options;
  const entry = addressLimit(options.connections, options.connectionsPerAddress);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const address = clientNetwork(socket.remoteAddress ?? "");
    if (!entry.enter(address)) {
      socket.destroy();
      onRefused();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => {
      entry.leave(address);
      sockets.delete(socket);
    });
    onConnection(socket);
  });
  const port = await listen(server, options.port, host);
  server.on("error", onError);
  let closed: Promise<void> | undefined;
  const refuseNew = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    port,
    refuseNew,
    async stop() {
      refuseNew();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      const taken = `Port ${port} of ${host} is taken by another program.`;
      reject(isTaken ? new FieldsealError("PORT_IN_USE", taken, { host, port }) : error);
    };
    server.once("error", onError);
    server.listen({ port, host }, () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
