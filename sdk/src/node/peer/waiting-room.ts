import type { Socket } from "node:net";

/** Connections that nobody has let in yet, bounded for each address. */
export type WaitingRoom = {
  /** Counts the connection until it closes or is let in; false if its address has too many. */
  enter(socket: Socket): boolean;
  leave(socket: Pick<Socket, "remoteAddress" | "remotePort">): void;
};

export function waitingRoom(perAddress: number): WaitingRoom {
  const ports = new Map<string, Set<number>>();

  function leave(address: string, port: number): void {
    const waiting = ports.get(address);
    waiting?.delete(port);
    if (waiting?.size === 0) ports.delete(address);
  }

  return {
    enter(socket) {
      // Taken now: a closed socket no longer tells.
      const [address, port] = [socket.remoteAddress ?? "", socket.remotePort ?? 0];
      const waiting = ports.get(address) ?? new Set();
      if (waiting.size >= perAddress) return false;
      ports.set(address, waiting.add(port));
      socket.once("close", () => leave(address, port));
      return true;
    },
    leave: ({ remoteAddress = "", remotePort = 0 }) => leave(remoteAddress, remotePort),
  };
}
