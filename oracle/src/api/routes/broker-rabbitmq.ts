import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { Field, RabbitmqDoor } from "../../broker/rabbitmq/rabbitmq-door.ts";
import type { ApiContext } from "../api-context.ts";
import { brokerQuestions } from "../broker-questions.ts";

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
  const answer = (question: keyof RabbitmqDoor) => async (request: FastifyRequest) =>
    (await door[question](fieldOf(request))) ? "allow" : "deny";
  return brokerQuestions(log, secret, {
    broker: "rabbitmq",
    methods: ["GET", "POST"],
    type: "text/plain",
    deny: "deny",
    answers: {
      user: answer("user"),
      vhost: answer("vhost"),
      resource: answer("resource"),
      topic: answer("topic"),
    },
  });
}
