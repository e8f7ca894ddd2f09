import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { EmqxDoor } from "../../broker/emqx/emqx-door.ts";
import type { ApiContext } from "../api-context.ts";
import { brokerGuard } from "../broker-guard.ts";

const bodyLimit = 8192;

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
  return async (app) => {
    const mayAsk = brokerGuard(secret);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    app.setErrorHandler((error, _request, reply) => {
      log.warn({ err: error }, "EMQX's question failed");
      return reply.code(200).type("application/json").send('{"result":"deny"}');
    });
    const questions = {
      authn: (request: FastifyRequest) => door.authenticate(jsonOf(request)),
      authz: async (request: FastifyRequest) => door.authorize(jsonOf(request)),
    };
    for (const [question, answer] of Object.entries(questions)) {
      for (const place of ["/v1/broker/emqx", "/v1/broker/:secret/emqx"]) {
        app.route({
          method: "POST",
          url: `${place}/${question}`,
          // All of a broker's logins come from one address.
          config: { rateLimit: false },
          bodyLimit,
          schema: { hide: true },
          handler: async (request, reply) => {
            const found = mayAsk(request) ? await answer(request) : { result: "deny" };
            return reply.type("application/json").send(JSON.stringify(found));
          },
        });
      }
    }
  };
}
