import { encodeSignedStatement, grantablePermissions, parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { deviceIdSchema, errorSchema } from "../schemas/primitives.ts";
import { sendRaw } from "../send-raw.ts";

const permissionSchema = z
  .string()
  .regex(/^[1-9]\d{0,12}$/)
  .transform(BigInt)
  .refine((bits) => (bits & ~grantablePermissions) === 0n, "has bits that mean nothing");

/** `GET /v1/statements`: this operator's word on a right, for a device that cannot ask the chain. */
export function statementRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/statements",
      schema: {
        summary: "A grant statement of this operator, in CBOR (docs/commands.md)",
        description:
          "Says that the chain grants `commander` all of `permission` on `device`, as of the newest block. A committee with a threshold above one is asked one by one; their signatures go into one list.",
        tags: ["access"],
        querystring: z.strictObject({
          device: deviceIdSchema,
          commander: deviceIdSchema.describe("Account, or device that commands another"),
          permission: permissionSchema.describe("Bits of AccessGrants, decimal"),
          challenge: z
            .string()
            .regex(/^0x[0-9a-f]{32}$/)
            .optional()
            .describe("Of a device without a clock"),
        }),
        response: {
          200: {
            description: "The statement and its signature",
            content: { "application/cbor": { schema: z.string() } },
          },
          "4xx": errorSchema,
          "5xx": errorSchema,
        },
      },
      handler: async ({ query }, reply) => {
        const signed = context.statements.state({
          device: parseDeviceId(query.device),
          commander: parseDeviceId(query.commander),
          permissions: query.permission,
          challenge: BigInt(query.challenge ?? 0),
        });
        reply.header("cache-control", "no-store");
        sendRaw(reply, "application/cbor", Buffer.from(encodeSignedStatement(signed)));
        return reply;
      },
    });
  };
}
