import { FieldsealError } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { errorSchema, hexSchema } from "../schemas/primitives.ts";

const secondsSchema = z.number().describe("Seconds since 1970");

const challengeSchema = z.object({
  nonce: z.string(),
  domain: z.string().describe("`domain` of the message, and host of its `uri`"),
  chainId: z.number(),
  expires: secondsSchema,
});

const sessionSchema = z.object({
  token: z.string().describe("For `Authorization: Bearer …`, and as password at the broker"),
  address: hexSchema,
  expires: secondsSchema,
});

/** Attempts to sign in, a minute from one address: each may cost a call to the chain. */
const signInsPerMinute = 60;

/** `/v1/session`: Sign-In with Ethereum (ERC-4361). */
export function sessionRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/session/challenge",
      schema: {
        summary: "A nonce for a Sign-In with Ethereum message, with what else the message must say",
        tags: ["access"],
        response: { 200: challengeSchema, "4xx": errorSchema },
      },
      handler: async (_request, reply) => {
        reply.header("cache-control", "no-store");
        return context.sessions.challenge();
      },
    });

    app.route({
      method: "POST",
      url: "/v1/session",
      config: { rateLimit: { max: signInsPerMinute, timeWindow: 60_000 } },
      schema: {
        summary: "Sign in with Ethereum (ERC-4361): an account, or a contract's wallet (ERC-1271)",
        tags: ["access"],
        body: z.strictObject({
          message: z.string().max(4096),
          signature: z
            .string()
            .regex(/^0x(?:[0-9a-fA-F]{2}){1,2048}$/)
            .describe("EIP-191 signature, or what the wallet takes"),
        }),
        response: { 200: sessionSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
      handler: async ({ body }, reply) => {
        reply.header("cache-control", "no-store");
        return context.sessions.open(body.message, body.signature);
      },
    });

    app.route({
      method: "GET",
      url: "/v1/session",
      schema: {
        summary: "Who the caller is",
        tags: ["access"],
        response: {
          200: z.object({
            kind: z.enum(["account", "device"]),
            address: hexSchema,
            expires: secondsSchema,
          }),
          "4xx": errorSchema,
        },
      },
      handler: async ({ headers }) => {
        const caller = await context.callers.identify(headers.authorization);
        if (caller === undefined) {
          throw new FieldsealError("SIGN_IN_REQUIRED", "No token was sent.");
        }
        return { kind: caller.kind, address: caller.who, expires: caller.expiresS };
      },
    });
  };
}
