import { FieldsealError, hex, type SignedFacts } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { decimalSchema, errorSchema, hexSchema } from "../schemas/primitives.ts";
import { sendRaw } from "../send-raw.ts";

const answerSchema = z.object({
  outcome: z.enum(["stored", "duplicate"]),
  device: hexSchema,
  keyIndex: z.number(),
  sequence: decimalSchema,
  root: hexSchema,
  receipt: hexSchema.describe("The stored receipt in CBOR"),
});

function answer(outcome: "stored" | "duplicate", facts: SignedFacts, receipt: Uint8Array) {
  const { device, keyIndex, sequence, root } = facts;
  return {
    outcome,
    device,
    keyIndex,
    sequence: sequence.toString(),
    root: hex(root),
    receipt: hex(receipt),
  };
}

/** `POST /v1/messages`: the same bytes as by MQTT, through the same judgement. */
export function messageRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const types = ["application/octet-stream", "application/cose", "application/json"];
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(types, { parseAs: "buffer" }, (_request, body, done) => {
      done(null, body);
    });
    app.route({
      method: "POST",
      url: "/v1/messages",
      // Ingest limits what a client may send by itself.
      config: { rateLimit: false },
      schema: {
        summary: "Hand in a signed message",
        description:
          "The body is a COSE_Sign1 or its JSON form, as docs/protocol.md writes them. Answers when the message is durable; with `Accept: application/cbor` the answer is the receipt's bytes.",
        tags: ["messages"],
        consumes: ["application/octet-stream", "application/json"],
        response: {
          200: {
            description: "Durable",
            content: {
              "application/json": { schema: answerSchema },
              "application/cbor": { schema: z.string().describe("The receipt's bytes") },
            },
          },
          "4xx": errorSchema,
          "5xx": errorSchema,
        },
      },
      handler: async (request, reply) => {
        const outcome = await context.ingest.submit({
          bytes: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          source: "http",
          client: `http:${request.ip}`,
        });
        if (outcome.kind === "refused") throw new FieldsealError(outcome.code, outcome.message);
        const { kind, facts, receipt } = outcome;
        if (!request.headers.accept?.includes("application/cbor")) {
          return reply.send(answer(kind, facts, receipt));
        }
        sendRaw(reply, "application/cbor", Buffer.from(receipt));
        return reply;
      },
    });
  };
}
