import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { runReadiness } from "../readiness.ts";

const readySchema = z.object({
  ready: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), ready: z.boolean(), reason: z.string().nullable() }),
  ),
});

/** `/healthz` (the process answers), `/readyz` (it can do its work), `/metrics` (Prometheus). */
export function healthRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/healthz",
      config: { rateLimit: false },
      schema: {
        summary: "The process answers",
        tags: ["service"],
        response: { 200: z.object({ healthy: z.literal(true) }) },
      },
      handler: async () => ({ healthy: true as const }),
    });

    app.route({
      method: "GET",
      url: "/readyz",
      schema: {
        summary: "Whether the service can do its work, and what keeps it from it",
        tags: ["service"],
        response: { 200: readySchema, 503: readySchema },
      },
      handler: async (_request, reply) => {
        const checks = await runReadiness(context.readiness);
        const ready = checks.every((check) => check.ready);
        return reply.code(ready ? 200 : 503).send({ ready, checks });
      },
    });

    app.route({
      method: "GET",
      url: "/metrics",
      schema: { summary: "Metrics in Prometheus' text format", tags: ["service"] },
      handler: async (_request, reply) => {
        const { registry } = context.common.metrics;
        return reply.type(registry.contentType).send(await registry.metrics());
      },
    });
  };
}
