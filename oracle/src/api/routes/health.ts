import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { readinessAnswer } from "../readiness.ts";

const readySchema = z.object({
  ready: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      state: z
        .enum(["ok", "warning", "degraded", "failing"])
        .describe("failing: devices get no receipt; degraded: promises are at risk"),
      since: z.iso.datetime().describe("when the state began"),
      code: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  leader: z
    .object({
      name: z.string(),
      term: z.number().int().describe("raised at each election"),
      here: z.boolean().describe("whether it is the process that answers"),
      directoryAgeMs: z
        .number()
        .describe("how long ago this process was last up with what the leader followed"),
    })
    .optional()
    .describe("which of the processes that share the log seals and sends transactions"),
});

/** `/livez` and `/healthz` (the process answers), `/readyz` (it can do its work), `/metrics` (Prometheus). */
export function healthRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    for (const url of ["/livez", "/healthz"]) {
      app.route({
        method: "GET",
        url,
        config: { rateLimit: false },
        schema: {
          summary: "The process answers",
          tags: ["service"],
          response: { 200: z.object({ healthy: z.literal(true) }) },
        },
        handler: async () => ({ healthy: true as const }),
      });
    }

    app.route({
      method: "GET",
      url: "/readyz",
      schema: {
        summary: "Whether the service can do its work, and what keeps it from it",
        tags: ["service"],
        response: { 200: readySchema, 503: readySchema },
      },
      handler: async (_request, reply) => {
        const { ready, checks } = await readinessAnswer(context.readiness);
        return reply
          .code(ready ? 200 : 503)
          .send({ ready, checks: [...checks], leader: context.leader?.() });
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
