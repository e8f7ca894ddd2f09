import type { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** Sends bytes or a stream as they are, past the schemas that answers in JSON are checked by. */
export function sendRaw(
  reply: FastifyReply,
  contentType: string,
  payload: Buffer | Readable,
): FastifyReply {
  return reply.type(contentType).send(payload);
}
