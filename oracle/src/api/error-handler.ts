import { FieldsealError } from "@fieldseal/sdk";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { statusOf } from "./status-of.ts";

type Failure = { readonly code: string; readonly message: string };

const named: Readonly<Record<string, Failure>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "MESSAGE_TOO_LARGE", message: "The body is over 8 KiB." },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "MEDIA_TYPE",
    message: "The body's Content-Type must be application/octet-stream or application/json.",
  },
};

function invalidRequest(error: FastifyError): Failure | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  const [issue] = error.validation;
  const where = `${error.validationContext ?? "request"}${issue?.instancePath.replaceAll("/", ".") ?? ""}`;
  return { code: "REQUEST_INVALID", message: `${where}: ${issue?.message ?? "is invalid"}.` };
}

function failureOf(error: FastifyError): Failure {
  if (error instanceof FieldsealError) {
    return { code: error.code, message: error.message };
  }
  const known = named[error.code] ?? invalidRequest(error);
  if (known !== undefined) return known;
  const status = error.statusCode ?? 500;
  if (status === 429) return { code: "RATE_LIMITED", message: error.message };
  return status < 500
    ? { code: "REQUEST_INVALID", message: error.message }
    : { code: "INTERNAL", message: "The service failed; its log holds the reason." };
}

function onError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error);
  const status = statusOf(failure.code);
  if (failure.code === "INTERNAL") {
    request.log.error({ err: error, url: request.url, code: "INTERNAL" }, "request failed");
  }
  if (status === 401) reply.header("www-authenticate", "Bearer");
  if (status === 429 || status === 503) reply.header("retry-after", "1");
  return reply.code(status).type("application/json").send(JSON.stringify(failure));
}

function onNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = {
    code: "NOT_FOUND",
    message: `${request.method} ${request.url.split("?")[0]} is no endpoint of this API.`,
  };
  return reply.code(404).type("application/json").send(JSON.stringify(failure));
}

/** Every failure leaves as `{code, message}` with a code of docs/errors.md, never with a stack. */
export function installErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler(onError);
  app.setNotFoundHandler(onNotFound);
}
