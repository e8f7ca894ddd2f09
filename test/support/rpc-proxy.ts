import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a call:
 * - `pass`; `keep request` from the node, never answering; `keep answer` after the node had the call;
 * - `cut request` and `cut answer`: the same with the connection broken;
 * - `hold`: the answer waits for `release`;
 * - `twice`: the node has the call two times, the second answer counts;
 * - `repeat`: answered with what was answered last, whatever that was.
 */
export type Fate =
  | "pass"
  | "keep request"
  | "keep answer"
  | "cut request"
  | "cut answer"
  | "hold"
  | "twice"
  | "repeat";

export type RpcProxy = {
  readonly url: string;
  /** Decides from the method; everything passes until it is set. */
  decide: (method: string) => Fate;
  /** Lies: what it answers takes the place of the node's result. */
  rewrite: (method: string, result: unknown, params: readonly unknown[]) => unknown;
  /** Methods asked for, oldest first. */
  readonly calls: string[];
  /** Calls whose answers wait. */
  readonly held: number;
  /** Gives the held answers, the last first. */
  release(): void;
  stop(): Promise<void>;
};

const headers = { "content-type": "application/json" };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function ask(target: string, body: string): Promise<Record<string, unknown>> {
  const response = await fetch(target, { method: "POST", headers, body });
  return (await response.json()) as Record<string, unknown>;
}

/** Stands before a node's JSON-RPC and spoils conversations at named points. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const calls: string[] = [];
  const held: (() => void)[] = [];
  let lastText = "{}";

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { method, params = [] } = JSON.parse(body) as { method: string; params?: unknown[] };
    calls.push(method);
    const fate = proxy.decide(method);
    if (fate === "keep request") return;
    if (fate === "cut request") return void response.destroy();
    const give = (text: string) => void response.writeHead(200, headers).end(text);
    if (fate === "repeat") return give(lastText);
    if (fate === "twice") await ask(target, body);
    const found = await ask(target, body);
    if (fate === "keep answer") return;
    if (fate === "cut answer") return void response.destroy();
    if ("result" in found) found.result = proxy.rewrite(method, found.result, params);
    const text = JSON.stringify(found);
    lastText = text;
    if (fate === "hold") held.push(() => give(text));
    else give(text);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}`,
    decide: () => "pass",
    rewrite: (_method, result) => result,
    calls,
    get held() {
      return held.length;
    },
    release() {
      for (const give of held.splice(0).reverse()) give();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
