import { parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { listReadings, type ReadingPlace } from "../queries/list-readings.ts";
import {
  cursorParameter,
  deviceIdSchema,
  errorSchema,
  limitParameter,
  pageSchema,
  timeMsParameter,
} from "../schemas/primitives.ts";
import { readingSchema } from "../schemas/readings.ts";

const encodePlace = ({ id, lastMs, firstMs, record }: ReadingPlace): string =>
  encodeCursor([id, lastMs, firstMs, record]);

function decodePlace(cursor: string): ReadingPlace {
  const [id = 0, lastMs = 0, firstMs = 0, record = 0] = decodeCursor(cursor, 4).map(Number);
  return { id, lastMs, firstMs, record };
}

/** `GET /v1/readings`. */
export function readingRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/readings",
      schema: {
        summary: "Readings, newest first",
        description:
          "With `device` in the order of the readings' times, else in the order of arrival. A page may be short, or empty, while `next` says where to go on. On a restricted log for who holds READ on `device`, and for named auditors.",
        tags: ["readings"],
        querystring: z.strictObject({
          device: deviceIdSchema.optional(),
          metric: z.string().min(1).max(31).optional().describe("As `temperature/Cel`"),
          from: timeMsParameter.optional().describe("First millisecond since 1970"),
          to: timeMsParameter.optional().describe("Last millisecond since 1970"),
          limit: limitParameter,
          cursor: cursorParameter.describe("`next` of the page before, with the same filters"),
        }),
        response: { 200: pageSchema(readingSchema), "4xx": errorSchema },
      },
      handler: async ({ query, headers }) => {
        const { metric, from, to, limit, cursor } = query;
        const device = query.device === undefined ? undefined : parseDeviceId(query.device);
        const caller = await context.callers.identify(headers.authorization);
        context.callers.requireReader(caller, device);
        const filter = {
          device,
          metric,
          fromMs: from,
          toMs: to,
        };
        const after = cursor === undefined ? undefined : decodePlace(cursor);
        const { items, next } = await listReadings(context.store.read, filter, limit, after);
        return { items, next: next === undefined ? null : encodePlace(next) };
      },
    });
  };
}
