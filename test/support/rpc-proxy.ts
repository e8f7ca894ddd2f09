import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a call: it passes, is kept from the node, or reaches it while the answer is kept back. */
export type Fate = "pass" | "keep request" | "keep answer";

export type RpcProxy = {
  readonly url: string;
  /** Decides from the method; everything passes until it is set. */
  decide: (method: string) => Fate;
  stop(): Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Stands before a node's JSON-RPC and can cut a conversation at a named point. A call kept is never answered. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const proxy = { decide: (_method: string): Fate => "pass" };
  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await bodyOf(request);
      const { method } = JSON.parse(body) as { method: string };
      const fate = proxy.decide(method);
      if (fate === "keep request") return;
      const headers = { "content-type": "application/json" };
      const text = await (await fetch(target, { method: "POST", headers, body })).text();
      if (fate === "pass") response.writeHead(200, headers).end(text);
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}
