import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { EmqxDoor } from "../../broker/emqx/emqx-door.ts";
import type { ApiContext } from "../api-context.ts";
import { brokerQuestions } from "../broker-questions.ts";

const jsonOf = ({ body }: FastifyRequest): unknown =>
  Buffer.isBuffer(body) ? JSON.parse(body.toString("utf8")) : undefined;

/**
 * `/v1/broker/emqx/…`: EMQX's HTTP authentication and authorisation. Whatever goes wrong is answered with status 200
 * and "deny": EMQX takes any other status for "ask the next one", and for a yes where nobody is next.
 */
export function emqxRoutes(
  { common: { log } }: Pick<ApiContext, "common">,
  door: EmqxDoor,
  secret: string | undefined,
): FastifyPluginAsync {
  return brokerQuestions(log, secret, {
    broker: "emqx",
    methods: ["POST"],
    type: "application/json",
    deny: '{"result":"deny"}',
    answers: {
      authn: async (request) => JSON.stringify(await door.authenticate(jsonOf(request))),
      authz: async (request) => JSON.stringify(door.authorize(jsonOf(request))),
    },
  });
}
