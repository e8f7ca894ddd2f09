import { parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import type { LiveEvent } from "../live-hub.ts";
import { deviceIdSchema } from "../schemas/primitives.ts";

/** `GET /v1/live`: readings as they are stored, checkpoints as they are sealed and become final. */
export function liveRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/live",
      schema: {
        summary: "Server-Sent Events: reading, checkpoint",
        description:
          "A client that reads too slowly loses events and is sent `dropped` with their number; in a flood `skipped` says how many messages were left out. On a restricted log readings are shown to who may read their device.",
        tags: ["live"],
        querystring: z.strictObject({ device: deviceIdSchema.optional() }),
        produces: ["text/event-stream"],
      },
      handler: async ({ query, headers }, reply) => {
        const caller = await context.callers.identify(headers.authorization);
        const device = query.device === undefined ? undefined : parseDeviceId(query.device);
        // Asked for each reading: a grant that ends closes the stream's readings at once.
        const wants = ({ event, data }: LiveEvent) =>
          event !== "reading" ||
          ((device === undefined || data.device === device) &&
            context.callers.mayRead(caller, parseDeviceId(String(data.device))));
        const stream = await context.openLive(wants);
        return reply
          .type("text/event-stream")
          .headers({ "cache-control": "no-store", "x-accel-buffering": "no" })
          .send(stream);
      },
    });
  };
}
