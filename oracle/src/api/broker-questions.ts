import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { brokerGuard } from "./broker-guard.ts";

/** Questions that one kind of broker asks over HTTP. */
export type BrokerQuestions = {
  /** As in `/v1/broker/<broker>/…`. */
  readonly broker: string;
  readonly methods: ("GET" | "POST")[];
  readonly type: string;
  /** The answer to whoever may not ask, and to everything that goes wrong: status 200 and a no. */
  readonly deny: string;
  readonly answers: Readonly<Record<string, (request: FastifyRequest) => Promise<string>>>;
};

const bodyLimit = 8192;

/** Routes for a broker's questions, under its own path and under one with the secret in it. */
export function brokerQuestions(
  log: Logger,
  secret: string | undefined,
  { broker, methods, type, deny, answers }: BrokerQuestions,
): FastifyPluginAsync {
  const mayAsk = brokerGuard(secret);
  const route = (app: FastifyInstance, url: string, answer: (typeof answers)[string]) =>
    app.route({
      method: methods,
      url,
      // All of a broker's logins come from one address.
      config: { rateLimit: false },
      bodyLimit,
      schema: { hide: true },
      handler: async (request, reply) =>
        reply.type(type).send(mayAsk(request) ? await answer(request) : deny),
    });
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    app.setErrorHandler((error, _request, reply) => {
      log.warn({ err: error, broker }, "a broker's question failed");
      return reply.code(200).type(type).send(deny);
    });
    for (const [question, answer] of Object.entries(answers)) {
      for (const place of ["/v1/broker", "/v1/broker/:secret"]) {
        route(app, `${place}/${broker}/${question}`, answer);
      }
    }
  };
}
