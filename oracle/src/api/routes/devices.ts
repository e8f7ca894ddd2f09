import { FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { deviceView, findDevice, listDevices } from "../queries/devices.ts";
import { deviceDetailSchema, deviceSchema } from "../schemas/devices.ts";
import { deviceIdSchema, errorSchema, limitParameter, pageSchema } from "../schemas/primitives.ts";

/** `GET /v1/devices` and `/v1/devices/:id`: the registry as of the followed block. */
export function deviceRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/devices",
      schema: {
        summary: "Devices in the order of their ids",
        tags: ["devices"],
        querystring: z.strictObject({
          limit: limitParameter,
          cursor: deviceIdSchema.optional().describe("`next` of the page before"),
        }),
        response: { 200: pageSchema(deviceSchema), "4xx": errorSchema },
      },
      handler: async ({ query: { limit, cursor } }) => {
        const after = cursor === undefined ? undefined : parseDeviceId(cursor);
        const rows = await listDevices(context.store.read, after, limit);
        const items = rows.map(deviceView);
        return { items, next: items.length < limit ? null : (items.at(-1)?.device ?? null) };
      },
    });

    app.route({
      method: "GET",
      url: "/v1/devices/:id",
      schema: {
        summary: "A device, its keys and when it was last heard",
        description:
          "On a restricted log `newestReadingAt` is null for who may not read the device.",
        tags: ["devices"],
        params: z.strictObject({ id: deviceIdSchema }),
        response: { 200: deviceDetailSchema, "4xx": errorSchema },
      },
      handler: async ({ params, headers }) => {
        const id = parseDeviceId(params.id);
        const caller = await context.callers.identify(headers.authorization);
        const device = await findDevice(context.store.read, id);
        if (device !== undefined) {
          // A reading's time is part of what was said.
          return context.callers.mayRead(caller, id)
            ? device
            : { ...device, newestReadingAt: null };
        }
        throw new FieldsealError(
          "NOT_FOUND",
          `${params.id} is not enrolled at the followed block.`,
        );
      },
    });
  };
}
