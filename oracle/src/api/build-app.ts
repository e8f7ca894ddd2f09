import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { FieldsealError } from "@fieldseal/sdk";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { BrokerDoors } from "../broker/types.ts";
import type { ApiContext } from "./api-context.ts";
import { installErrorHandler } from "./error-handler.ts";
import { installOpenApi } from "./openapi.ts";
import { auditRoutes } from "./routes/audit.ts";
import { emqxRoutes } from "./routes/broker-emqx.ts";
import { brokerLoginRoutes } from "./routes/broker-login.ts";
import { rabbitmqRoutes } from "./routes/broker-rabbitmq.ts";
import { checkpointRoutes } from "./routes/checkpoints.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { healthRoutes } from "./routes/health.ts";
import { infoRoutes } from "./routes/info.ts";
import { liveRoutes } from "./routes/live.ts";
import { messageRoutes } from "./routes/messages.ts";
import { proofRoutes } from "./routes/proofs.ts";
import { readingRoutes } from "./routes/readings.ts";
import { sessionRoutes } from "./routes/session.ts";
import { statementRoutes } from "./routes/statements.ts";

/** Largest message, and so the largest body (docs/protocol.md). */
const bodyLimit = 8192;

export type AppOptions = {
  readonly logger?: FastifyBaseLogger;
  /** Requests a minute from one address, messages not counted. */
  readonly requestsPerMinute: number;
  readonly doors?: BrokerDoors;
};

const groups = [
  messageRoutes,
  deviceRoutes,
  readingRoutes,
  proofRoutes,
  checkpointRoutes,
  auditRoutes,
  liveRoutes,
  sessionRoutes,
  statementRoutes,
  infoRoutes,
  brokerLoginRoutes,
  healthRoutes,
];

/** The HTTP application with every route, not yet listening. */
export async function buildApp(context: ApiContext, options: AppOptions): Promise<FastifyInstance> {
  const { logger, requestsPerMinute } = options;
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    http: { maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 80 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  installErrorHandler(app);
  await app.register(helmet);
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: () =>
      new FieldsealError("RATE_LIMITED", "Too many requests from this address; slow down."),
  });
  await installOpenApi(app);
  for (const routes of groups) await app.register(routes(context));
  const { rabbitmq, emqx, secret } = options.doors ?? {};
  if (rabbitmq !== undefined) await app.register(rabbitmqRoutes(context, rabbitmq, secret));
  if (emqx !== undefined) await app.register(emqxRoutes(context, emqx, secret));
  return app;
}
