import { FieldsealError, hex, maxMessageLength, type SignedFacts } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { clientNetwork } from "../../internal/client-network.ts";
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

/** As of an MQTT packet: more is not read at all. */
const takenBytes = 64 * 1024;

/** One byte over what ingest takes is enough for it to see that the message is too large. */
function bytesOf(body: unknown): Uint8Array {
  return Buffer.isBuffer(body) ? body.subarray(0, maxMessageLength + 1) : Buffer.alloc(0);
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
      // Ingest limits what a client may send by itself, and counts and keeps what is too large.
      config: { rateLimit: false },
      bodyLimit: takenBytes,
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
          bytes: bytesOf(request.body),
          source: "http",
          client: `http:${clientNetwork(request.ip)}`,
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
