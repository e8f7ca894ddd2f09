import { FieldsealError, parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { auditBundle } from "../audit-bundle.ts";
import { firstWhole, requireWhole } from "../queries/known-checkpoints.ts";
import { newestSealed, sealedRange } from "../queries/sealed-range.ts";
import { checkpointParameter, deviceIdSchema, errorSchema } from "../schemas/primitives.ts";
import { sendRaw } from "../send-raw.ts";

/** Says which checkpoints a bundle covers, as `0-41`. */
const rangeHeader = "fieldseal-checkpoints";

/** Checkpoints in one bundle. */
const maxRange = 10_000;

async function rangeOf(context: ApiContext, from?: number, to?: number) {
  const newest = await newestSealed(context.store);
  if (newest === undefined) {
    throw new FieldsealError("NOT_SEALED_YET", "This log has no sealed checkpoint yet.");
  }
  const last = to ?? newest;
  const first = from ?? (await firstWhole(context.store, Math.max(0, last - maxRange + 1), last));
  if (last > newest) {
    throw new FieldsealError("NOT_SEALED_YET", `Checkpoint ${last} is not sealed, ${newest} is.`);
  }
  await requireWhole(context.store, Math.min(first, last), last);
  if (first > last || last - first >= maxRange) {
    throw new FieldsealError(
      "REQUEST_INVALID",
      `from: ${first} to ${last} is no range of 1 to ${maxRange} checkpoints.`,
    );
  }
  return { first, last };
}

/** `GET /v1/audit/:device`: a bundle that a third party verifies with nothing but the chain. */
export function auditRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/audit/:device",
      schema: {
        summary: "All that the log holds of a device, fieldseal-audit/1",
        description:
          "Checkpoints `from` to `to`, by default the newest 10,000 whose messages are all here; a bundle holds 10,000 at most. The header `fieldseal-checkpoints` says which.",
        tags: ["proofs"],
        params: z.strictObject({ device: deviceIdSchema }),
        querystring: z.strictObject({
          from: checkpointParameter.optional(),
          to: checkpointParameter.optional(),
        }),
        response: { "4xx": errorSchema, "5xx": errorSchema },
      },
      handler: async ({ params, query, headers }, reply) => {
        const device = parseDeviceId(params.device);
        const caller = await context.callers.identify(headers.authorization);
        context.callers.requireReader(caller, device);
        if (context.devices.lookup(device) === undefined) {
          throw new FieldsealError("NOT_FOUND", `${device} is not enrolled at the followed block.`);
        }
        const { first, last } = await rangeOf(context, query.from, query.to);
        reply.header(rangeHeader, `${first}-${last}`);
        const bundle = auditBundle(context, device, sealedRange(context.store, first, last));
        return sendRaw(reply, "application/json", context.streams.open(bundle));
      },
    });
  };
}
