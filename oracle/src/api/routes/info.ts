import { hex, messageDomain } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { decimalSchema, hexSchema } from "../schemas/primitives.ts";

const infoSchema = z.object({
  chainId: z.number(),
  genesisHash: hexSchema,
  registry: hexSchema,
  accessGrants: hexSchema,
  log: hexSchema,
  logId: decimalSchema,
  restricted: z.boolean(),
  committee: z.object({
    epoch: z.number(),
    threshold: z.number(),
    operators: z.array(hexSchema),
  }),
  domain: hexSchema.describe("external_aad of every message"),
  followedBlock: decimalSchema,
  broker: z.object({
    url: z.string().nullable(),
    topicPrefix: z.string(),
    authority: z.string(),
    audience: z.string().describe("`aud` of login tokens"),
    login: z
      .enum(["token", "exchange"])
      .describe("Whether the token is the password, or is exchanged for one at /v1/broker/login"),
  }),
});

function infoOf({ identity, logInfo, broker, devices, doors }: ApiContext) {
  const domain = hex(messageDomain(identity.chainId, identity.registry));
  const { restricted, epoch, threshold, operators } = logInfo();
  return {
    chainId: Number(identity.chainId),
    genesisHash: identity.genesisHash,
    registry: identity.registry,
    accessGrants: identity.grants,
    log: identity.log,
    logId: identity.logId.toString(),
    restricted,
    committee: { epoch, threshold, operators: [...operators] },
    domain,
    followedBlock: String(devices.judgedBlock().number),
    broker: {
      url: broker.url ?? null,
      topicPrefix: broker.topicPrefix,
      authority: broker.authority,
      audience: `${domain}/${broker.authority}`,
      login: doors?.exchange === undefined ? ("token" as const) : ("exchange" as const),
    },
  };
}

/** `GET /v1/info`: what a device or a verifier must know; who verifies pins it from elsewhere. */
export function infoRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/info",
      schema: {
        summary: "Chain, contracts, log, committee, broker",
        tags: ["service"],
        response: { 200: infoSchema },
      },
      handler: async () => infoOf(context),
    });
  };
}
