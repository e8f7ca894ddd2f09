import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

/** Documents every route registered after it, and serves the document at `/v1/openapi.json`. */
export async function installOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Fieldseal oracle",
        version: "1",
        description:
          "Signed sensor readings, the checkpoints they are sealed in, and proofs. Integers that can pass 2^53 are decimal text; every error is {code, message} with a code of docs/errors.md.",
        license: { name: "MIT", identifier: "MIT" },
      },
      tags: [
        { name: "messages", description: "Handing in" },
        { name: "devices", description: "The registry as followed" },
        { name: "readings", description: "What devices said" },
        { name: "proofs", description: "Evidence that verifies against the chain" },
        { name: "checkpoints", description: "What is sealed" },
        { name: "live", description: "As it happens" },
        { name: "service", description: "The service itself" },
      ],
    },
    transform: jsonSchemaTransform,
  });
  app.get("/v1/openapi.json", { schema: { hide: true } }, async (_request, reply) =>
    reply.type("application/json").send(JSON.stringify(app.swagger())),
  );
}
