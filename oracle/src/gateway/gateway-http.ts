import fastify from "fastify";
import type { Registry } from "prom-client";
import { portTaken } from "../api/create-api.ts";
import { type Readiness, readinessAnswer } from "../api/readiness.ts";

export type GatewayHttpOptions = {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Called before metrics are read. */
  readonly gauge: () => void;
  readonly readiness: Readiness;
};

/** `/livez`, `/readyz` and `/metrics` of a gateway. @throws PORT_IN_USE */
export async function startGatewayHttp(
  options: GatewayHttpOptions,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { host, port, registry, readiness, gauge } = options;
  const app = fastify({ bodyLimit: 1024, requestTimeout: 10_000 });
  for (const url of ["/livez", "/healthz"]) app.get(url, async () => ({ healthy: true }));
  app.get("/readyz", async (_request, reply) => {
    const answer = await readinessAnswer(readiness);
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
  app.get("/metrics", async (_request, reply) => {
    gauge();
    await readiness.look();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw portTaken(error, host, port);
  });
  return { url, stop: () => app.close() };
}
