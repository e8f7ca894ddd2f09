import { FieldsealError } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { errorSchema } from "../schemas/primitives.ts";

const requestSchema = z.strictObject({
  clientId: z.string().max(80),
  token: z.string().max(2048).describe("What would be the password at a broker that can ask"),
  topics: z
    .array(z.string().max(200))
    .max(100)
    .optional()
    .describe("Topics beside its own that the client means to use, by their whole names"),
});

const answerSchema = z.object({
  username: z.string(),
  password: z.string(),
  expires: z.number().describe("When the password ends, seconds since 1970"),
});

/** `POST /v1/broker/login`: a password for a broker that cannot judge tokens itself. */
export function brokerLoginRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "POST",
      url: "/v1/broker/login",
      bodyLimit: 24_576,
      schema: {
        summary: "Exchange a login token for a broker password",
        description:
          "For Mosquitto, which compares stored passwords. Each exchange replaces the last password and ends the session that used it.",
        tags: ["service"],
        body: requestSchema,
        response: { 200: answerSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
      handler: async (request, reply) => {
        const exchange = context.doors?.exchange;
        if (exchange === undefined) {
          throw new FieldsealError("NOT_FOUND", "This broker takes the token as password.");
        }
        reply.header("cache-control", "no-store");
        return exchange(request.body);
      },
    });
  };
}
