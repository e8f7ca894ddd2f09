import { type DeviceId, FieldsealError } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { checkpointByIndex, listCheckpoints } from "../../store/checkpoints.ts";
import type { ApiContext } from "../api-context.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { checkpointMessages } from "../queries/checkpoint-messages.ts";
import { requireKnown } from "../queries/known-checkpoints.ts";
import { checkpointMessageSchema, checkpointSchema } from "../schemas/checkpoints.ts";
import {
  checkpointParameter,
  cursorParameter,
  errorSchema,
  limitParameter,
  pageSchema,
} from "../schemas/primitives.ts";
import { sendRaw } from "../send-raw.ts";
import { ndjson } from "../stream-slots.ts";
import { checkpointView } from "../views.ts";

const parameters = z.strictObject({ index: checkpointParameter });

/** `GET /v1/checkpoints`, one of them, and its messages as auditors read them. */
export function checkpointRoutes(context: ApiContext): FastifyPluginAsyncZod {
  async function existing(index: number) {
    const row = await checkpointByIndex(context.store, index);
    if (row !== undefined) return row;
    throw new FieldsealError("NOT_FOUND", `There is no checkpoint ${index}.`);
  }

  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/checkpoints",
      schema: {
        summary: "Checkpoints, newest first",
        tags: ["checkpoints"],
        querystring: z.strictObject({ limit: limitParameter, cursor: cursorParameter }),
        response: { 200: pageSchema(checkpointSchema), "4xx": errorSchema },
      },
      handler: async ({ query: { limit, cursor } }) => {
        const [before = BigInt(Number.MAX_SAFE_INTEGER)] =
          cursor === undefined ? [] : decodeCursor(cursor, 1);
        const rows = await listCheckpoints(context.store, { before: Number(before), limit });
        const last = rows.length < limit ? undefined : rows.at(-1);
        const next = last === undefined ? null : encodeCursor([last.index]);
        return { items: rows.map(checkpointView), next };
      },
    });

    app.route({
      method: "GET",
      url: "/v1/checkpoints/:index",
      schema: {
        summary: "A checkpoint",
        tags: ["checkpoints"],
        params: parameters,
        response: { 200: checkpointSchema, "4xx": errorSchema },
      },
      handler: async ({ params: { index } }) => checkpointView(await existing(index)),
    });

    app.route({
      method: "GET",
      url: "/v1/checkpoints/:index/messages",
      schema: {
        summary: "The messages of a checkpoint as NDJSON, in the order of their leaves",
        description: "Resume a broken download with `from`, the first leaf that is missing.",
        tags: ["checkpoints"],
        params: parameters,
        querystring: z.strictObject({ from: checkpointParameter.default(0) }),
        response: {
          200: {
            description: "One message a line",
            content: { "application/x-ndjson": { schema: checkpointMessageSchema } },
          },
          "4xx": errorSchema,
        },
      },
      handler: async ({ params: { index }, query: { from }, headers }, reply) => {
        await existing(index);
        await requireKnown(context.store, index, index);
        const caller = await context.callers.identify(headers.authorization);
        const mayRead = (device: DeviceId) => context.callers.mayRead(caller, device);
        const lines = ndjson(checkpointMessages(context.store.read, index, from, mayRead));
        sendRaw(reply, "application/x-ndjson", context.streams.open(lines));
        return reply;
      },
    });
  };
}
