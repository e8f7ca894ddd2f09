import { parseDeviceId } from "@fieldseal/sdk";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { ApiContext } from "../api-context.ts";
import { proveMessage, proveReading } from "../prove.ts";
import {
  deviceIdSchema,
  errorSchema,
  keyIndexParameter,
  recordParameter,
  uint64Schema,
} from "../schemas/primitives.ts";
import { messageProofSchema, proofSchema } from "../schemas/proofs.ts";

const message = z.strictObject({
  device: deviceIdSchema,
  keyIndex: keyIndexParameter,
  sequence: uint64Schema,
});

const identityOf = ({ device, keyIndex, sequence }: z.output<typeof message>) => ({
  device: parseDeviceId(device),
  keyIndex,
  sequence: BigInt(sequence),
});

/** `GET /v1/proofs/…`: of a message, and of one of its readings. */
export function proofRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: "GET",
      url: "/v1/proofs/:device/:keyIndex/:sequence",
      schema: {
        summary: "Proof that a message is sealed, without its readings",
        description:
          "Open on restricted logs too. Whoever has the message's body makes the proof of a reading from it (`disclose` in the SDK).",
        tags: ["proofs"],
        params: message,
        response: { 200: messageProofSchema, "4xx": errorSchema },
      },
      handler: async ({ params }) => {
        const { message, ...rest } = await proveMessage(context, identityOf(params));
        return { ...rest, message: { ...message, path: [...message.path] } };
      },
    });

    app.route({
      method: "GET",
      url: "/v1/proofs/:device/:keyIndex/:sequence/:record",
      schema: {
        summary: "Proof of a reading, fieldseal-proof/1",
        description:
          "NOT_SEALED_YET until the checkpoint is in a block. Should that block be lost to a reorganisation before it is final, fetch the proof again.",
        tags: ["proofs"],
        params: message.extend({ record: recordParameter }),
        response: { 200: proofSchema, "4xx": errorSchema },
      },
      handler: async ({ params, headers }) => {
        const identity = identityOf(params);
        const caller = await context.callers.identify(headers.authorization);
        context.callers.requireReader(caller, identity.device);
        const proof = await proveReading(context, identity, params.record);
        const { message, reading, ...rest } = proof;
        return {
          ...rest,
          message: { ...message, path: [...message.path] },
          reading: { ...reading, path: [...reading.path] },
        };
      },
    });
  };
}
