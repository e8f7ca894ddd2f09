import { createServer } from "node:net";

function isFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}

/** `wished` if it is free on loopback, else any free port. */
export async function freePort(wished: number): Promise<number> {
  return (await isFree(wished)) ?? (await isFree(0)) ?? wished;
}
