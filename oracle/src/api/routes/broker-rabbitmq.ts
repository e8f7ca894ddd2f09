import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { Field, RabbitmqDoor } from "../../broker/rabbitmq/rabbitmq-door.ts";
import type { ApiContext } from "../api-context.ts";
import { brokerGuard } from "../broker-guard.ts";

const bodyLimit = 8192;

function fieldOf({ body, raw }: FastifyRequest): Field {
  const query = (raw.url ?? "").split("?", 2)[1] ?? "";
  const fields = new URLSearchParams(Buffer.isBuffer(body) ? body.toString("utf8") : query);
  return (name) => {
    const [value, another] = fields.getAll(name);
    return another === undefined ? value : undefined;
  };
}

/**
 * `/v1/broker/rabbitmq/…`: what rabbitmq_auth_backend_http asks, by form or query. Whatever goes wrong is answered
 * with "deny".
 */
export function rabbitmqRoutes(
  { common: { log } }: Pick<ApiContext, "common">,
  door: RabbitmqDoor,
  secret: string | undefined,
): FastifyPluginAsync {
  return async (app) => {
    const mayAsk = brokerGuard(secret);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    app.setErrorHandler((error, _request, reply) => {
      log.warn({ err: error }, "RabbitMQ's question failed");
      return reply.code(200).type("text/plain").send("deny");
    });
    for (const question of ["user", "vhost", "resource", "topic"] as const) {
      for (const place of ["/v1/broker/rabbitmq", "/v1/broker/:secret/rabbitmq"]) {
        app.route({
          method: ["GET", "POST"],
          url: `${place}/${question}`,
          // All of a broker's logins come from one address.
          config: { rateLimit: false },
          bodyLimit,
          schema: { hide: true },
          handler: async (request, reply) => {
            const isAllowed = mayAsk(request) && (await door[question](fieldOf(request)));
            return reply.type("text/plain").send(isAllowed ? "allow" : "deny");
          },
        });
      }
    }
  };
}
