import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";

const loopback = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
/** Headers of proxies: a request that went through one is nobody's beside us. */
const forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * Who may ask the authority as a broker: who knows the secret, in the path or the header `x-fieldseal-secret`; without
 * a secret, programs on this machine.
 */
export function brokerGuard(secret: string | undefined): (request: FastifyRequest) => boolean {
  if (secret === undefined) {
    return ({ socket, headers }) =>
      loopback.has(socket.remoteAddress ?? "") &&
      forwarded.every((name) => headers[name] === undefined);
  }
  const wanted = digest(secret);
  return ({ params, headers }) => {
    const inPath = (params as { readonly secret?: string }).secret;
    const given = inPath ?? headers["x-fieldseal-secret"];
    return typeof given === "string" && timingSafeEqual(digest(given), wanted);
  };
}
